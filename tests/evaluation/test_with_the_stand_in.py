"""Does somebody without a key see a proposal come about as with a model, labelled as simulated?"""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evaluation.models import Evaluation
from evaluation.self_eval import evaluate
from personas.models import Exchange
from personas.providers import KEY_NAME
from ports.llm.options import Models
from ports.llm.standin.server import authored_step, serving
from ports.llm.standin.steps import Step
from proposals.models import Proposal, RejectedInput, Status
from targets.models import Target
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    target = gateway(tmp_path)
    fail(target)
    return target


def point(settings: Settings, address: str) -> None:
    chosen = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "model"})
    changes = {"evaluation": chosen, "models": Models(address=address)}
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update=changes)


def test_a_proposal_comes_about_over_the_wire_and_is_labelled(
    target: Target, settings: Settings, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.delenv(KEY_NAME, raising=False)
    with serving(otherwise=authored_step) as played:
        point(settings, played.address)
        evaluation = evaluate(target, NOW, trigger="command")
    assert (evaluation.error, evaluation.malformed, evaluation.proposed) == ("", 0, 1)
    assert evaluation.engine == "scripted"
    assert evaluation.model == "stand-in-claude-sonnet-5-5"
    proposal = Proposal.objects.get()
    assert (proposal.status, proposal.engine) == (Status.PENDING, "scripted")
    assert "timeout_ms: 600" in proposal.diff
    client.force_login(make_user("admin"))
    for place in (evaluation.get_absolute_url(), proposal.get_absolute_url(), "/evaluations/"):
        page = client.get(place).content.decode()
        assert "Simulated" in page, place
        assert "Language model" not in page, place
    exchange = Exchange.objects.get()
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert f'<a href="/exchanges/{exchange.pk}/">answered</a>' in page
    assert "(simulated)" in page


def test_the_words_of_a_command_say_that_it_is_simulated(
    target: Target, settings: Settings
) -> None:
    fail(target, component="mailer", at=timezone.now())
    said = StringIO()
    with serving(otherwise=authored_step) as played:
        point(settings, played.address)
        call_command("evaluate", "--target", target.slug, stdout=said)
    assert "Simulated" in said.getvalue()


def test_where_nobody_was_asked_no_language_model_is_named(
    target: Target, settings: Settings
) -> None:
    with serving() as played:
        point(settings, played.address)
        evaluation = evaluate(target, NOW + timedelta(days=30), trigger="command")
    assert (evaluation.qualified, len(played.asked)) == (0, 0)
    assert evaluation.get_engine_display() == "Simulated"


def test_an_unusable_answer_of_the_stand_in_is_kept_as_simulated(
    target: Target, settings: Settings
) -> None:
    with serving([Step(text='<proposal n="wrong">\nx\n</proposal>\n<done/>\n')]) as played:
        point(settings, played.address)
        evaluate(target, NOW, trigger="command")
    assert RejectedInput.objects.get().engine == "scripted"
    assert Evaluation.objects.get().engine == "scripted"
