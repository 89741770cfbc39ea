"""Does somebody know what a scan would cost before it asks a model, and what it cost after?"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from evaluation.inspections.records import Inspection
from evaluation.inspections.shown import lines, shown
from evaluation.maintenance import passing
from evaluation.scan import estimating, scanning
from evaluation.self_eval import NotReady
from personas.models import Exchange
from ports.llm.options import Models
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step, failure
from targets.models import State, Target
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.evaluation.inspections.test_scan import _spread, task
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db
USED = {"input_tokens": 3000, "output_tokens": 40}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    target = gateway(tmp_path)
    _spread(fail(target), 2)
    return target


@pytest.fixture
def recent(tmp_path: Path) -> Target:
    """Make a target whose failures are of these days, as commands and pages have no other now."""
    target = gateway(tmp_path)
    _spread(fail(target, at=timezone.now()), 2)
    return target


@pytest.fixture
def modelled(settings: Settings) -> None:
    chosen = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "model"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"evaluation": chosen})


def scanned(target: Target, settings: Settings, step: Step) -> Inspection:
    """Scan a week with somebody on this machine who answers so."""
    with serving([step]) as played:
        changes = {"models": Models(address=played.address)}
        settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update=changes)
        return scanning.make(target, timezone.now(), trigger="command")


def page_of(client: Client, report: Inspection) -> str:
    client.force_login(make_user("viewer"))
    return " ".join(client.get(report.get_absolute_url()).content.decode().split())


def told(*words: str) -> str:
    out = StringIO()
    call_command("scan", "gateway", "--estimate", *words, stdout=out)
    return out.getvalue().strip()


@pytest.mark.usefixtures("modelled")
def test_before_a_scan_it_is_said_what_would_be_asked_and_nobody_is(target: Target) -> None:
    task(target, "digest", 0, 2)
    found = estimating.estimate(target, NOW)
    assert (found.asks, found.eligible, found.most_tokens_out) == (True, 2, 6000)
    assert found.verdict.startswith(
        "claude-sonnet-5-5 would be asked about the week, which shows 2 things: "
    )
    assert not Exchange.objects.exists()
    assert not Inspection.objects.exists()


def test_where_the_rules_answer_a_scan_asks_nobody(target: Target) -> None:
    assert estimating.estimate(target, NOW).verdict == (
        "What the week shows, 1 thing, would be counted: no model call."
    )


@pytest.mark.usefixtures("modelled")
def test_a_quiet_week_asks_nobody(tmp_path: Path) -> None:
    found = estimating.estimate(gateway(tmp_path), NOW)
    assert "Nothing would be asked: nothing recurs" in found.verdict


def test_a_target_that_is_not_ready_is_named(target: Target) -> None:
    target.state = State.EMPTY
    with pytest.raises(NotReady, match="gateway: the repository is not ready"):
        estimating.estimate(target, NOW)


@pytest.mark.usefixtures("modelled")
def test_the_command_says_it_for_people_and_for_scripts(recent: Target) -> None:
    assert told().startswith("claude-sonnet-5-5 would be asked about the week")
    row = json.loads(told("--json"))
    assert (row["target"], row["engine"], row["eligible"]) == ("gateway", "anthropic", 1)
    assert float(row["most_cost_usd"]) > 0.06  # what 6000 tokens out cost alone
    assert not Inspection.objects.exists()
    with pytest.raises(CommandError, match="there is no target other"):
        call_command("scan", "other", "--estimate")


@pytest.mark.usefixtures("modelled")
def test_the_page_estimates_both(client: Client, target: Target) -> None:
    client.force_login(make_user("viewer"))
    page = client.get(reverse("evaluation:estimate")).content.decode()
    assert "Evaluation</td>" in page
    assert "Scan of the week</td>" in page


@pytest.mark.usefixtures("modelled")
def test_after_a_scan_its_page_and_its_json_say_what_it_cost(
    client: Client, recent: Target, settings: Settings
) -> None:
    report = scanned(recent, settings, Step(text="<done/>\n", usage=USED))
    (asked,) = shown(report)["asked"]
    assert (asked["input_tokens"], asked["output_tokens"]) == (3000, 40)
    # Sonnet 5.5: 2 dollars for a million tokens in, 10 for those out.
    assert float(asked["cost_usd"]) == pytest.approx((3000 * 2 + 40 * 10) / 1_000_000)
    assert asked["simulated"]
    assert any("cost $0.006400 (simulated)" in line for line in lines(report))
    page = page_of(client, report)
    assert "3000 in, 40 out" in page
    assert "$0.006400 (simulated)" in page
    assert "Set aside before, as the most that it could cost: $0.0" in page
    assert f'href="/exchanges/{asked["exchange"]}/"' in page


@pytest.mark.usefixtures("modelled")
def test_a_scan_without_an_answer_says_so_and_what_was_not_billed(
    client: Client, recent: Target, settings: Settings
) -> None:
    report = scanned(recent, settings, failure(401))
    (asked,) = shown(report)["asked"]
    assert (asked["outcome"], float(asked["cost_usd"]), asked["at_least"]) == ("FAILED", 0, False)
    page = page_of(client, report)
    assert "The engine did not answer" in page
    assert "no answer" in page


def test_a_pass_and_a_scan_by_code_asked_nobody(client: Client, target: Target) -> None:
    for report in (
        scanning.make(target, NOW, trigger="command"),
        passing.make(target, NOW, trigger="command"),
    ):
        assert shown(report)["asked"] == []
        assert "(no model call)" in page_of(client, report)
