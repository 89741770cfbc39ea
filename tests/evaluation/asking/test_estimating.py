"""Is it said before a run what would be asked, with nobody asked and nothing kept?"""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from evaluation.asking.estimating import estimate
from evaluation.modelled import prepared
from evaluation.models import Asked, Evaluation
from evaluation.self_eval import NotReady, evaluate
from ports.llm.scripted import ScriptedModel
from targets.models import State, Target
from tests.evaluation.evidence_for_tests import fail, gateway, question
from tests.factories import NOW, make_user
from tests.proposals.waiting.set import review

pytestmark = pytest.mark.django_db

NOT_READY = next(state for state in State if state != State.READY)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


@pytest.fixture
def modelled(settings: Settings) -> None:
    """Choose the language model, for which no key is set."""
    chosen = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "model"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"evaluation": chosen})


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("evaluate", "--estimate", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("modelled")
def test_it_says_what_would_be_asked_without_a_key(target: Target) -> None:
    fail(target)
    found = estimate(target, NOW)
    assert found.asks
    # The number that each question carries is longer than that of a test.
    assert 0 <= found.tokens_in - prepared(question(target)).tokens < 10
    assert found.most_tokens_out == 6000
    assert found.verdict == (
        f"claude-sonnet-5-5 would be asked about 1 of 1 patterns: {found.tokens_in} tokens in "
        "(estimated), at most 6000 out, cost unknown: no price is known for this model."
    )


@pytest.mark.usefixtures("modelled")
def test_a_known_price_is_told_as_the_most_that_it_can_be(target: Target) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    fail(target, at=now)
    found = estimate(target, now)
    # Sonnet 5.5: 4 dollars for a million tokens that are written to the cache, 10 for those out.
    most = (found.tokens_in * 4 + 6000 * 10) / 1_000_000
    assert found.most_cost is not None
    assert float(found.most_cost) == pytest.approx(most)
    assert f"at most ${found.most_cost:.4f}" in found.verdict


@pytest.mark.usefixtures("modelled")
def test_nothing_to_ask_is_said(target: Target) -> None:
    found = estimate(target, NOW)
    assert (found.asks, found.cost) == (False, "cost unknown: no price is known for this model")
    assert found.verdict.startswith("Nothing would be asked")


def test_the_rule_engine_asks_nobody(target: Target) -> None:
    fail(target)
    found = estimate(target, NOW)
    assert not found.asks
    assert found.verdict == "The rule engine would answer 1 patterns: no model call."


@pytest.mark.usefixtures("modelled")
def test_nothing_is_kept(target: Target) -> None:
    fail(target)
    estimate(target, NOW)
    assert not Evaluation.objects.exists()
    assert not Asked.objects.exists()


def test_a_target_that_is_not_ready_is_named(target: Target) -> None:
    target.state = NOT_READY
    with pytest.raises(NotReady, match="gateway: the repository is not ready"):
        estimate(target, NOW)


@pytest.mark.usefixtures("modelled")
def test_the_command_says_it_for_people_and_for_scripts(target: Target) -> None:
    fail(target, at=timezone.now())
    assert told().startswith("gateway: claude-sonnet-5-5 would be asked about 1 of 1 patterns")
    (row,) = json.loads(told("--json"))
    assert (row["target"], row["eligible"]) == ("gateway", 1)
    assert float(row["most_cost_usd"]) > 0.06  # what 6000 tokens out cost alone
    assert row["shown"]["patterns"] == 1
    assert row["tokens_in"] > 1_000
    assert not Evaluation.objects.exists()


def test_the_command_names_an_unknown_target(target: Target) -> None:
    with pytest.raises(CommandError, match="there is no target other"):
        told("--target", "other")


@pytest.mark.usefixtures("modelled")
def test_a_broken_file_is_an_error_of_the_command(target: Target, settings: Settings) -> None:
    fail(target, at=timezone.now())
    settings.CONFIG_DIR = Path("/nowhere")
    with pytest.raises(CommandError):
        told()


@pytest.mark.usefixtures("modelled")
def test_the_page_shows_each_target(client: Client, target: Target) -> None:
    fail(target, at=timezone.now())
    client.force_login(make_user("viewer"))
    page = client.get(reverse("evaluation:estimate")).content.decode()
    assert "would be asked about 1 of 1 patterns" in page
    assert "at most $0.0" in page
    assert not Evaluation.objects.exists()


def test_the_page_says_what_keeps_a_target_from_being_evaluated(
    client: Client, target: Target
) -> None:
    Target.objects.update(state=NOT_READY)
    client.force_login(make_user("viewer"))
    page = client.get(reverse("evaluation:estimate")).content.decode()
    assert "the repository is not ready" in page


def test_the_page_is_for_those_who_may_see_evaluations(client: Client) -> None:
    url = reverse("evaluation:estimate")
    assert client.get(url).status_code == 302
    nobody = make_user("nobody")
    nobody.groups.clear()
    client.force_login(nobody)
    assert client.get(url).status_code == 403


def test_what_was_asked_is_kept_in_counts_and_shown_beside_what_it_used(
    client: Client, target: Target
) -> None:
    fail(target, template="a private remark")
    evaluation = evaluate(target, NOW, trigger="command", model=ScriptedModel(["<done/>\n"]))
    asked = Asked.objects.get(evaluation=evaluation)
    assert (asked.patterns, asked.clusters, asked.exemplars) == (1, 1, 1)
    assert asked.prompt == "evaluator 2"
    assert len(asked.prompt_digest) == 64
    client.force_login(make_user("viewer"))
    page = " ".join(client.get(evaluation.get_absolute_url()).content.decode().split())
    assert "1 pattern in 1 cluster, 1 exemplar, 2 files" in page
    assert f"about {asked.tokens_estimated} tokens in" in page
    assert "Left out for want of room</dt> <dd>nothing" in page


def test_what_did_not_fit_is_said(client: Client, target: Target, settings: LazySettings) -> None:
    review(settings, most_waiting=0)  # so that only the prompt bounds what is asked about
    for number in range(43):
        fail(target, component=f"tool_{number}")
    evaluation = evaluate(target, NOW, trigger="command", model=ScriptedModel(["<done/>\n"]))
    left = Asked.objects.get(evaluation=evaluation).patterns_left_out
    assert left >= 3
    client.force_login(make_user("viewer"))
    assert f"{left} patterns" in client.get(evaluation.get_absolute_url()).content.decode()


def test_the_rules_ask_nobody_and_keep_no_question(client: Client, target: Target) -> None:
    fail(target)
    evaluation = evaluate(target, NOW, trigger="command")
    assert not Asked.objects.exists()
    client.force_login(make_user("viewer"))
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert "(no model call)" in page
    assert "Shown to the model" not in page
