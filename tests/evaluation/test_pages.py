"""Do the pages show what went in, what came out, and what was dropped and why?"""

from pathlib import Path

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from evaluation.models import Consideration, Evaluation, Lesson
from evaluation.self_eval import evaluate
from ports.llm.scripted import ScriptedModel
from proposals.models import Proposal
from targets.models import Target
from tests.evaluation.evidence_for_tests import fail, gateway, succeed
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make_user("viewer"))
    return client


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_list_says_when_the_first_one_runs(viewer: Client) -> None:
    assert "every night at 02:00 UTC" in text(viewer, reverse("evaluation:list"))


def test_the_list_shows_each_result_and_can_be_narrowed(viewer: Client, target: Target) -> None:
    fail(target)
    evaluation = evaluate(target, NOW, trigger="schedule")
    page = text(viewer, reverse("evaluation:list"))
    assert evaluation.get_absolute_url() in page
    assert "1 proposed" in page
    assert "no language model was called" in page
    url = reverse("evaluation:list")
    assert evaluation.get_absolute_url() in text(viewer, f"{url}?target=gateway")
    assert "No evaluation of this target yet" in text(viewer, f"{url}?target=other")


def test_the_page_of_one_evaluation_links_what_it_proposed(viewer: Client, target: Target) -> None:
    fail(target)
    fail(target, component="rare", sessions=["a"])
    succeed(target, "rare", 99)
    evaluation = evaluate(target, NOW, trigger="schedule")
    page = text(viewer, evaluation.get_absolute_url())
    assert Proposal.objects.get().get_absolute_url() in page
    assert "3 sessions are needed" in page
    assert "2, of which 1 qualify" in page
    assert "no model call" in page


def test_a_simulated_answer_is_called_simulated_and_its_waste_is_shown(
    viewer: Client, target: Target
) -> None:
    fail(target)
    answer = '<proposal n="forged-1">\n<script>alert(1)</script>\n</proposal>\n<done/>'
    evaluation = evaluate(target, NOW, trigger="schedule", model=ScriptedModel([answer]))
    page = text(viewer, evaluation.get_absolute_url())
    assert "Simulated" in page
    assert "does not carry the number that was asked for" in page
    assert "<script>alert" not in page


def test_a_failed_evaluation_says_why(viewer: Client, target: Target) -> None:
    evaluation = Evaluation.objects.create(
        target=target,
        trigger="schedule",
        engine="anthropic",
        started_at=NOW,
        ended_at=NOW,
        error="EngineNotReady: no key",
    )
    assert "EngineNotReady: no key" in text(viewer, evaluation.get_absolute_url())


@pytest.mark.parametrize("name", ["list"])
def test_pages_need_a_signed_in_person_with_the_permission(client: Client, name: str) -> None:
    url = reverse(f"evaluation:{name}")
    assert client.get(url).status_code == 302
    nobody = make_user("nobody")
    nobody.groups.clear()
    client.force_login(nobody)
    assert client.get(url).status_code == 403


def test_nothing_is_written_through_these_pages(viewer: Client) -> None:
    assert viewer.post(reverse("evaluation:list")).status_code == 405


@pytest.mark.parametrize("model", [Evaluation, Consideration, Lesson])
def test_the_back_office_changes_nothing(
    model: type[Evaluation | Consideration | Lesson], rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.user = make_user("admin")
    rows = admin.site.get_model_admin(model)
    assert not rows.has_add_permission(request)
    assert not rows.has_change_permission(request)
    assert not rows.has_delete_permission(request)
