"""Do the pages say what a pass or scan saw and found, and let a person ask for one?"""

import json

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from evaluation.inspections.records import Inspection
from evaluation.maintenance import passing
from targets.models import Target
from tests.evaluation.inspections.told import reflection
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user("reviewer", name="rita"))
    return client


def test_the_button_makes_a_pass_and_shows_it(reviewer: Client, target: Target) -> None:
    reflection(target, "a", failed=[("<i>search</i>", "timeout", 12)])
    listing = reviewer.get(reverse("evaluation:inspections")).content.decode()
    assert f'action="{reverse("evaluation:maintain")}"' in listing
    answer = reviewer.post(reverse("evaluation:maintain"), {"target": "gateway"}, follow=True)
    page = answer.content.decode()
    made = Inspection.objects.get()
    assert f"Maintenance pass {made.pk} of Gateway" in page
    assert "&lt;i&gt;search&lt;/i&gt; fails: timeout" in page
    assert "0.0 % (0 of 12 calls)" in page
    assert "Idea raised" in page
    assert made.trigger == "person"


def test_the_same_report_is_there_for_a_program(reviewer: Client, target: Target) -> None:
    reflection(target, "a", failed=[("search", "timeout", 12)])
    made = passing.make(target, NOW, trigger="schedule")
    answer = reviewer.get(reverse("evaluation:inspection-json", args=[made.pk]))
    told = json.loads(answer.content)
    assert answer["Content-Type"] == "application/json"
    assert (told["sessions"], told["calls"], told["successes"]) == (1, 12, 0)
    assert told["findings"][0]["kind"] == "new_tool"
    assert reviewer.get(reverse("evaluation:inspection-json", args=[404])).status_code == 404


def test_an_empty_pass_says_that_it_is_normal(reviewer: Client, target: Target) -> None:
    made = passing.make(target, NOW, trigger="schedule")
    assert "That is a normal result" in reviewer.get(made.get_absolute_url()).content.decode()
    assert "No finding" in reviewer.get(reverse("evaluation:inspections")).content.decode()
    other = reviewer.get(reverse("evaluation:inspections"), {"target": "nowhere"})
    assert "None yet" in other.content.decode()


@pytest.mark.parametrize("name", ["maintain", "scan"])
def test_a_target_that_is_paused_or_unknown_is_not_inspected(
    reviewer: Client, target: Target, name: str
) -> None:
    assert reviewer.post(reverse(f"evaluation:{name}"), {"target": "no"}).status_code == 404
    Target.objects.update(paused=True)
    answer = reviewer.post(reverse(f"evaluation:{name}"), {"target": "gateway"}, follow=True)
    assert "is paused: resume it first" in answer.content.decode()
    assert Inspection.objects.count() == 0


def test_a_scan_that_cannot_read_the_repository_says_so(reviewer: Client, target: Target) -> None:
    answer = reviewer.post(reverse("evaluation:scan"), {"target": "gateway"}, follow=True)
    assert "the repository is not ready" in answer.content.decode()


def test_with_a_model_a_scan_is_no_button(
    reviewer: Client, target: Target, settings: Settings
) -> None:
    evaluation = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "model"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"evaluation": evaluation})
    page = reviewer.get(reverse("evaluation:inspections")).content.decode()
    assert reverse("evaluation:scan") not in page
    answer = reviewer.post(reverse("evaluation:scan"), {"target": "gateway"}, follow=True)
    assert "use manage.py scan TARGET" in answer.content.decode()


def test_who_may_only_look_asks_for_nothing(client: Client, target: Target) -> None:
    client.force_login(make_user("viewer"))
    page = client.get(reverse("evaluation:inspections")).content.decode()
    assert reverse("evaluation:maintain") not in page
    assert client.post(reverse("evaluation:maintain"), {"target": "gateway"}).status_code == 403
    assert Inspection.objects.count() == 0
