"""Can a person have a target evaluated at once, and is every refusal told?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from audit.models import Entry
from evaluation.asking import holding
from evaluation.asking.held import Held
from evaluation.models import Evaluation
from proposals.models import Proposal
from targets.models import State, Target
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import make_user

pytestmark = pytest.mark.django_db
URL = "/evaluations/now/"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    target = gateway(tmp_path)
    fail(target, at=timezone.now())
    return target


@pytest.fixture
def reviewer(client: Client) -> Client:
    person = make_user("reviewer", name="rita")
    viewing = Permission.objects.filter(codename="view_evaluation")
    person.groups.get().permissions.add(*viewing)
    client.force_login(person)
    return client


def press(client: Client, slug: str = "gateway") -> str:
    """Press the button and return the page that follows."""
    response = client.post(reverse("evaluation:now"), {"target": slug}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_button_stands_on_the_page_and_shows_what_came_of_it(
    reviewer: Client, target: Target
) -> None:
    listing = reviewer.get(reverse("evaluation:list")).content.decode()
    assert f'action="{reverse("evaluation:now")}"' in listing
    page = press(reviewer)
    evaluation = Evaluation.objects.get()
    assert f"Evaluation {evaluation.pk} of Gateway" in page
    assert "1 proposed" in page
    assert evaluation.trigger == "person"
    assert Proposal.objects.count() == 1


def test_the_log_names_the_person_who_asked(reviewer: Client, target: Target) -> None:
    press(reviewer)
    events = ["evaluation.started", "evaluation.ended"]
    asked = Entry.objects.filter(event__in=events)
    assert {(entry.actor_type, entry.who) for entry in asked} == {("person", "rita")}


def test_pressing_twice_proposes_once(reviewer: Client, target: Target) -> None:
    press(reviewer)
    assert "No finding" in press(reviewer)
    assert Proposal.objects.count() == 1


def test_an_evaluation_that_runs_is_not_started_again(reviewer: Client, target: Target) -> None:
    with holding.alone(target, "evaluated", timezone.now()):
        assert "Gateway is being evaluated already" in press(reviewer)
        assert not Evaluation.objects.exists()
        Held.objects.update(beat_at=timezone.now() - holding.DEAD_AFTER)
        assert "1 proposed" in press(reviewer)  # that one was killed


def test_a_language_model_is_not_asked_while_somebody_waits(
    reviewer: Client, target: Target, settings: Settings
) -> None:
    chosen = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "model"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"evaluation": chosen})
    page = press(reviewer)
    assert "use manage.py evaluate" in page
    assert f'action="{reverse("evaluation:now")}"' not in page
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"paused": True}, "Gateway is paused: resume it first."),
        ({"state": State.UNREACHABLE}, "the repository is not ready (cannot be reached)"),
        ({"state": State.EMPTY}, "the repository is not ready (empty)"),
    ],
)
def test_a_target_that_is_paused_or_not_ready_is_refused_in_words(
    reviewer: Client, target: Target, change: dict[str, object], told: str
) -> None:
    Target.objects.update(**change)
    assert told in press(reviewer)
    assert not Evaluation.objects.exists()


def test_an_unknown_target_is_not_found(reviewer: Client, target: Target) -> None:
    for slug in ("", "other", "'; --"):
        assert reviewer.post(URL, {"target": slug}).status_code == 404


def test_only_those_who_may_decide_may_ask(client: Client, target: Target) -> None:
    assert client.post(URL, {"target": "gateway"}).status_code == 302
    client.force_login(make_user("viewer"))
    assert client.post(URL, {"target": "gateway"}).status_code == 403
    assert "Evaluate now" not in client.get(reverse("evaluation:list")).content.decode()
    assert not Evaluation.objects.exists()


def test_looking_at_the_address_changes_nothing(reviewer: Client, target: Target) -> None:
    assert reviewer.get(URL).status_code == 405
    assert not Evaluation.objects.exists()
