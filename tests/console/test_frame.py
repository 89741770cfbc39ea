"""Does every page carry the same frame, safe to load under the strict policy?"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.factories import NOW, make_proposal, make_target, make_user

pytestmark = pytest.mark.django_db
ENTRIES = ["Inbox", "Proposals", "Deliveries", "Telemetry", "Targets", "Audit", "Dashboard"]


def page_of(client: Client, role: str) -> str:
    client.force_login(make_user(role))
    return client.get(reverse("dashboard")).content.decode()


def component(name: str, **context: Any) -> str:
    request = RequestFactory().get("/list/?status=PENDING&page=2")
    return render_to_string(f"components/{name}.html", context, request=request)


def test_a_viewer_sees_every_entry_but_the_back_office(client: Client) -> None:
    page = page_of(client, "viewer")
    assert all(f"</svg>{entry}" in page for entry in ENTRIES)
    assert "Back office" not in page


def test_without_a_role_no_entry_leads_to_a_refusal_and_no_count_is_told(
    client: Client, tmp_path: Path
) -> None:
    make_proposal(make_target(tmp_path))
    client.force_login(User.objects.create_user("nora"))
    page = client.get(reverse("home")).content.decode()
    assert "</svg>Inbox" in page
    assert not any(f"</svg>{entry}" in page for entry in [*ENTRIES[1:], "Settings"])
    assert "data-title-count hidden>0<" in page


def test_staff_sees_the_back_office(client: Client) -> None:
    assert "Back office" in page_of(client, "admin")


def test_the_present_entry_is_marked_once(client: Client) -> None:
    assert page_of(client, "viewer").count('aria-current="page"') == 1


def test_signing_out_is_a_post(client: Client) -> None:
    page = page_of(client, "viewer")
    assert f'<form method="post" action="{reverse("sign-out")}">' in page
    assert client.post(reverse("sign-out")).headers["Location"] == reverse("sign-in")


def test_everything_is_loaded_from_here_and_nothing_is_inline(client: Client) -> None:
    page = page_of(client, "viewer")
    assert "https://" not in page
    assert " style=" not in page
    assert page.count("<script") == page.count("<script src=")
    assert '"allowEval":false' in page


def test_the_policy_is_strict(client: Client) -> None:
    client.force_login(make_user("viewer"))
    policy = client.get(reverse("home")).headers["Content-Security-Policy"]
    assert "unsafe" not in policy


def test_a_failed_sign_in_says_so_and_keeps_the_name(client: Client) -> None:
    answer = client.post(reverse("sign-in"), {"username": "ada", "password": "wrong"})
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert 'value="ada"' in page


def test_the_sign_in_page_shows_no_menu(client: Client) -> None:
    assert "<nav" not in client.get(reverse("sign-in")).content.decode()


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_say_what_became_of_the_request(name: str) -> None:
    page = render_to_string(name, {})
    assert "<h1>" in page
    assert 'href="/"' in page


def test_an_unknown_address_is_answered_in_the_frame(client: Client) -> None:
    client.force_login(make_user("viewer"))
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_time_carries_utc_for_machines() -> None:
    assert 'datetime="2026-03-02T09:30:00Z"' in component("time", at=NOW)


@pytest.mark.parametrize("at", [None, ""])
def test_a_time_that_never_was_says_never(at: datetime | None) -> None:
    assert "never" in component("time", at=at)


def test_the_pager_keeps_the_filters() -> None:
    rows = Paginator(range(120), 50).page(2)
    html = component("pager", page=rows)
    assert "51–100 of 120" in html
    assert "?status=PENDING&amp;page=1" in html
    assert "?status=PENDING&amp;page=3" in html


def test_a_single_page_has_no_pager() -> None:
    assert component("pager", page=Paginator(range(9), 50).page(1)).strip() == ""


STEPS: list[Mapping[str, str]] = [
    {"label": "Merge", "state": "done", "detail": "2 s"},
    {"label": "Deploy", "state": "now"},
    {"label": "Watch"},
]


def test_the_stepper_says_its_states_in_words_too() -> None:
    html = component("stepper", steps=STEPS)
    assert html.count("<li") == 3
    assert all(words in html for words in ("done", "in progress", "still to come", "2 s"))
    assert html.count('aria-current="step"') == 1


def test_what_is_copied_is_escaped() -> None:
    assert 'data-copy="&lt;b&gt;&quot;"' in component("copy", text='<b>"')
