"""Is an idea decided by a person, once, with a reason, and is nothing delivered by it?"""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from audit.sentences import sentence
from evaluation.ideas import deciding
from evaluation.ideas.deciding import NotDecided
from evaluation.ideas.records import Idea
from proposals.models import Proposal
from targets.models import Target
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def make_idea(target: Target, title: str = "search fails: timeout") -> Idea:
    with transaction.atomic():
        return deciding.put(
            Idea(target=target, key=title, kind="new_tool", priority="high", title=title,
                 detail="11 times", created_at=NOW)
        )  # fmt: skip


def test_it_is_taken_up_once_and_nothing_is_delivered(target: Target) -> None:
    idea, rita = make_idea(target), make_user("reviewer", name="rita")
    taken = deciding.accept(idea, person=rita, at=NOW)
    assert (taken.status, taken.decided_by) == ("ACCEPTED", "rita")
    with pytest.raises(NotDecided, match="Already taken up by rita"):
        deciding.dismiss(idea, person=rita, reason="no", at=NOW)
    assert Proposal.objects.count() == 0
    entry = Entry.objects.get(event="idea.accepted")
    assert sentence(entry).startswith("rita took")
    assert Entry.objects.filter(event="idea.dismissed").count() == 0


@pytest.mark.parametrize("reason", ["", "   "])
def test_it_is_turned_down_with_a_reason_only(target: Target, reason: str) -> None:
    idea, rita = make_idea(target), make_user("reviewer", name="rita")
    with pytest.raises(NotDecided, match="say why"):
        deciding.dismiss(idea, person=rita, reason=reason, at=NOW)
    assert Idea.objects.get().status == "OPEN"
    assert deciding.dismiss(idea, person=rita, reason="By design.", at=NOW).reason == "By design."


def test_who_may_not_decide_decides_nothing(target: Target) -> None:
    with pytest.raises(PermissionDenied):
        deciding.accept(make_idea(target), person=make_user("viewer"), at=NOW)
    assert Idea.objects.get().status == "OPEN"


@pytest.mark.parametrize(
    "values",
    [{"status": "ACCEPTED"}, {"status": "DISMISSED", "decided_by": "rita"}, {"status": "OTHER"}],
    ids=["nobody", "no reason", "unknown"],
)
def test_the_database_holds_what_must_be_so(target: Target, values: dict[str, str]) -> None:
    make_idea(target)
    with pytest.raises(IntegrityError), transaction.atomic():
        Idea.objects.update(**values)


def test_the_page_lists_what_waits_and_takes_the_decision(client: Client, target: Target) -> None:
    first, second = make_idea(target), make_idea(target, "<b>mailer</b> fails")
    client.force_login(make_user("reviewer", name="rita"))
    page = client.get(reverse("evaluation:ideas")).content.decode()
    assert "search fails: timeout" in page
    assert "&lt;b&gt;mailer&lt;/b&gt; fails" in page
    client.post(reverse("evaluation:take-up", args=[first.pk]))
    refused = client.post(reverse("evaluation:turn-down", args=[second.pk]), follow=True)
    assert "say why" in refused.content.decode()
    client.post(reverse("evaluation:turn-down", args=[second.pk]), {"reason": "By design."})
    assert "No idea waits" in client.get(reverse("evaluation:ideas")).content.decode()
    every = client.get(reverse("evaluation:ideas"), {"state": "all"}).content.decode()
    assert "Taken up by rita" in every
    assert "By design." in every


def test_the_gravest_stands_first(client: Client, target: Target) -> None:
    low = make_idea(target, "of low priority")
    make_idea(target, "of high priority")
    Idea.objects.filter(pk=low.pk).update(priority="low", created_at=NOW + timedelta(hours=1))
    client.force_login(make_user("reviewer"))
    page = client.get(reverse("evaluation:ideas")).content.decode()
    assert page.index("of high priority") < page.index("of low priority")


def test_who_may_only_look_finds_no_button(client: Client, target: Target) -> None:
    idea = make_idea(target)
    client.force_login(make_user("viewer"))
    page = client.get(reverse("evaluation:ideas")).content.decode()
    assert "Take up" not in page
    assert client.post(reverse("evaluation:take-up", args=[idea.pk])).status_code == 403
    assert Idea.objects.get().status == "OPEN"
