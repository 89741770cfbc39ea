"""Does the first page work for newcomers, for reviewers, for htmx, and in few queries?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.events import Event
from proposals.models import Status
from targets.models import Target
from tests.console.rows import beat, enter, make_delivery
from tests.factories import make_proposal, make_target, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    beat(timezone.now())
    return make_target(tmp_path)


def signed_in(client: Client, role: str = "viewer") -> Client:
    client.force_login(make_user(role))
    return client


def text(client: Client, **headers: str) -> str:
    answer = client.get(reverse("home"), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    answer = client.get(reverse("home"))
    assert answer.headers["Location"] == f"{reverse('sign-in')}?next=/"


def test_an_empty_installation_welcomes_and_says_what_comes_next(
    client: Client, target: Target
) -> None:
    page = text(signed_in(client))
    assert "The loop is waiting" in page
    assert "Nothing needs you" in page
    assert "The loop next asks what should change" in page


def test_the_page_lists_what_waits_what_runs_and_what_was_recorded(
    client: Client, target: Target
) -> None:
    make_proposal(target, title="Give it time")
    make_delivery(target, title="Ask less often", status=Status.PR_OPEN)
    enter(Event.TARGET_ADDED, "target:gateway")
    page = text(signed_in(client))
    assert "Awaiting review" in page
    assert "Review “Give it time”" in page
    assert "Ask less often" in page
    assert f"selfimprove added the target “{target.name}”" in page


def test_an_account_without_a_role_learns_how_to_get_one(client: Client, target: Target) -> None:
    make_proposal(target, title="Give it time")
    user = make_user("viewer")
    user.groups.clear()
    client.force_login(user)
    page = text(client)
    assert "Your account has no role yet" in page
    assert "Give it time" not in page


def test_htmx_gets_the_live_part_and_the_new_count_only(client: Client, target: Target) -> None:
    make_proposal(target)
    page = text(signed_in(client), **HTMX)
    assert "<html" not in page
    assert page.lstrip().startswith('<div class="si-stack si-stack--loose" id="live"')
    assert 'id="waiting-count"' in page
    assert 'hx-swap-oob="true"' in page


def test_a_boosted_request_gets_the_whole_page(client: Client, target: Target) -> None:
    assert "<html" in text(signed_in(client), **HTMX, **{"HX-Boosted": "true"})


def test_the_count_is_on_the_page_once(client: Client, target: Target) -> None:
    assert text(signed_in(client)).count('id="waiting-count"') == 1


def test_the_page_looks_often_while_something_moves_and_seldom_else(
    client: Client, target: Target
) -> None:
    make_proposal(target)
    signed_in(client)
    assert 'hx-trigger="every 20s"' in text(client)
    make_delivery(target, title="On its way")
    assert 'hx-trigger="every 2s"' in text(client)


def test_nothing_is_written_inline(client: Client, target: Target) -> None:
    page = text(signed_in(client))
    assert " style=" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count("<script src=")


def test_a_post_is_refused(client: Client, target: Target) -> None:
    assert signed_in(client).post(reverse("home")).status_code == 405


def test_a_shorter_clock_of_the_watch_is_told(
    client: Client, target: Target, settings: LazySettings
) -> None:
    signed_in(client)
    assert "One watch minute is" not in text(client)
    watch = settings.SELFIMPROVE.watch.model_copy(update={"minute_seconds": 1.5})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"watch": watch})
    assert "One watch minute is 1.5 s here" in text(client)


def test_the_number_of_queries_does_not_grow_with_the_rows(client: Client, target: Target) -> None:
    signed_in(client, "admin")
    make_delivery(target)
    make_proposal(target)
    enter(Event.TARGET_ADDED, "target:first")
    with CaptureQueriesContext(
        connection,
    ) as few:
        text(client)
    for number in range(4):
        make_delivery(target, started_at=timezone.now() - timedelta(minutes=number))
        make_proposal(target)
        enter(Event.TARGET_ADDED, f"target:t{number}")
    with CaptureQueriesContext(connection) as many:
        text(client)
    assert len(many) <= len(few)
    assert len(many) <= 45
