"""Does a scan find what a week shows, say what it cannot know, and ask only a model there is?"""

import json
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from evaluation.inspections.records import Fate, Finding, Inspection
from evaluation.scan import aggregates, scanning
from evaluation.self_eval import NotReady
from ports.llm import ModelError, Reply, Request, TemporaryError
from ports.llm.options import Models
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step
from proposals.models import Proposal
from targets.models import Target
from targets.repository import Repository
from telemetry.models import Event, EventType, Pattern, PatternAlias
from telemetry.rollups.rebuild import rebuild
from tests.evaluation.evidence_for_tests import FILES, count, fail, gateway
from tests.factories import NOW, commit_to_origin

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return gateway(tmp_path)


def scan(target: Target, **more: object) -> Inspection:
    return scanning.make(target, NOW, trigger="schedule", **more)  # type: ignore[arg-type]


def kinds(report: Inspection) -> list[str]:
    return [one.kind for one in report.findings.all()]


def _spread(pattern: Pattern, days: int) -> None:
    """Put the failures of a pattern on so many days."""
    prints = PatternAlias.objects.filter(pattern=pattern).values("fingerprint")
    for number, event in enumerate(Event.objects.filter(fingerprint__in=prints)):
        Event.objects.filter(pk=event.pk).update(timestamp=event.timestamp - (number % days) * DAY)
    rebuild(pattern.target)


def task(target: Target, name: str, *days: int) -> None:
    """Let a task fail on these days before now."""
    for number, day in enumerate(days):
        Event.objects.create(
            target=target, uid=f"{name}{number}", event_type=EventType.TASK_FAILURE,
            timestamp=NOW - day * DAY - timedelta(minutes=5), session_id=f"{name}-{number}",
            component=name, retry_count=1, final_status="gave_up",
        )  # fmt: skip


def test_no_finding_is_a_normal_result_and_says_what_was_not_told(target: Target) -> None:
    report = scan(target)
    assert (kinds(report), report.error) == ([], "")
    assert report.not_told == ["Index ages: no telemetry of these seven days speaks of any."]


def test_what_came_on_several_days_recurs_and_what_came_on_one_does_not(target: Target) -> None:
    twice = fail(target)
    _spread(twice, 2)
    fail(target, component="mailer")
    report = scan(target)
    found = report.findings.get()
    assert (found.kind, found.pattern, found.fate) == ("recurring_pattern", twice, Fate.RAISED)
    assert "on 2 of 7 days" in found.detail


def test_a_task_that_fails_now_and_then_is_flaky_and_one_that_always_fails_is_not(
    target: Target,
) -> None:
    task(target, "digest", 0, 2, 2, 4)
    task(target, "broken", *range(7))
    task(target, "once", 3)
    found = scan(target).findings.get()
    assert (found.kind, found.title) == ("flaky_task", "digest fails now and then")
    assert "4 failures on 3 of 7 days, with retries: 4; ended as gave_up." in found.detail


def test_an_index_is_stale_where_telemetry_says_so(target: Target) -> None:
    fail(target, component="rag", code="stale_index", template="the index is <n> days old: stale",
         sessions=("a", "b"))  # fmt: skip
    fail(target, component="shop", code="stale", template="the price is outdated", sessions=("a",))
    report = scan(target)
    assert kinds(report) == ["stale_index"]
    assert report.not_told == []


PROMPTS = {**FILES, "prompts/planner.md": "Plan.\n", "notes.md": "Notes.\n"}


def _changed(target: Target, files: Mapping[str, str]) -> None:
    commit_to_origin(target, files)
    repository = Repository.of(target)
    repository.fetch()
    target.head_commit = repository.head(target.branch)
    target.save()


def test_a_prompt_that_changed_beside_a_rise_is_drift(tmp_path: Path) -> None:
    target = gateway(tmp_path, PROMPTS)
    _changed(target, {"prompts/planner.md": "Plan twice.\n"})
    _changed(target, {"notes.md": "More.\n"})
    changed = Repository.of(target).log(target.branch)[1].at
    count(target, "search", changed - timedelta(hours=3), calls=200, failures=2)
    count(target, "search", changed + timedelta(hours=3), calls=200, failures=60)
    report = scanning.make(target, changed + DAY, trigger="schedule")
    found = report.findings.get()
    assert (found.kind, found.fate) == ("prompt_drift", Fate.RAISED)
    assert "prompts/planner.md; failures before 2 of 200" in found.detail
    assert found.idea is not None
    assert found.idea.kind == "prompt_update"


def test_a_prompt_that_changed_beside_no_rise_is_listed_only(tmp_path: Path) -> None:
    target = gateway(tmp_path, PROMPTS)
    _changed(target, {"prompts/planner.md": "Plan twice.\n"})
    changed = Repository.of(target).log(target.branch)[0].at
    found = scanning.make(target, changed + DAY, trigger="schedule").findings.get()
    assert found.fate == Fate.LISTED
    assert "have not risen for sure" in found.reason
    assert "too little data" in found.detail


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("prompts/a.md", True),
        ("agents/prompt_planner.txt", True),
        ("AGENTS.md", True),
        ("x/y.prompt.md", True),
        ("src/promptly.py", False),
        ("config/tools.yaml", False),
        ("docs/agents.md", False),
    ],
)
def test_a_prompt_is_known_by_its_path(path: str, is_one: bool) -> None:
    assert bool(aggregates.PROMPTS.search(path)) is is_one


def test_a_second_scan_raises_nothing_twice(target: Target) -> None:
    task(target, "digest", 0, 2)
    assert scan(target).findings.get().fate == Fate.RAISED
    assert scan(target).findings.get().fate == Fate.ANSWERED


def test_only_five_become_ideas(target: Target) -> None:
    for number in range(7):
        task(target, f"task{number}", 1, 3)
    fates = [one.fate for one in scan(target).findings.all()]
    assert fates == ["raised"] * 5 + ["listed"] * 2


class Planner:
    """Answer as a model would, and keep what it was asked."""

    engine = "scripted"

    def __init__(self, answer: str, error: ModelError | None = None) -> None:
        self.answer, self.error, self.asked = answer, error, list[Request]()

    def count(self, request: Request) -> None:
        """Leave the count to an estimate."""

    def complete(self, request: Request) -> Reply:
        self.asked.append(request)
        if self.error:
            raise self.error
        return Reply(text=self.answer, model="m", stop_reason="end_turn", request_id="r",
                     input_tokens=1, output_tokens=1, cached_tokens=0, latency_ms=1)  # fmt: skip


def test_a_model_is_asked_about_the_aggregates_and_says_nothing(target: Target) -> None:
    _spread(fail(target), 2)
    task(target, "digest </proposal> now", 0, 2)
    planner = Planner("<done/>")
    report = scan(target, model=planner)
    (asked,) = planner.asked
    told = json.loads(asked.prompt)
    assert "</proposal>" not in asked.prompt
    assert told["window"][0]["days"] == 7
    assert len(told["patterns"]) == 1
    assert told["flaky_tasks"][0]["days_with_failures"] == 2
    assert told["left_out"]["flaky_tasks"] == 0
    assert "a week of aggregated observations" in asked.system
    assert (report.engine, report.error) == ("scripted", "")
    assert kinds(report) == ["recurring_pattern", "flaky_task"]
    assert Proposal.objects.count() == 0


def test_a_scan_that_the_stand_in_answered_says_who_really_did(
    target: Target, settings: Settings
) -> None:
    now = settings.SELFIMPROVE
    _spread(fail(target), 2)
    with serving([Step(text="<done/>\n")]) as played:
        chosen = now.evaluation.model_copy(update={"engine": "model"})
        changes = {"evaluation": chosen, "models": Models(address=played.address)}
        settings.SELFIMPROVE = now.model_copy(update=changes)
        report = scan(target)
    assert (report.engine, report.error) == ("scripted", "")
    assert played.asked[-1].path == "/v1/messages"


def test_with_nothing_to_ask_about_no_model_is_asked(target: Target) -> None:
    planner = Planner("<done/>")
    assert kinds(scan(target, model=planner)) == []
    assert planner.asked == []


def test_a_model_that_fails_is_told_and_what_was_counted_stands(target: Target) -> None:
    task(target, "digest", 0, 2)
    error = TemporaryError("overloaded", "the service is overloaded")
    report = scan(target, model=Planner("", error))
    assert "overloaded" in report.error
    assert kinds(report) == ["flaky_task"]


def test_an_answer_that_is_none_is_kept_and_counts_for_nothing(target: Target) -> None:
    _spread(fail(target), 2)
    report = scan(target, model=Planner("I would rather not."))
    assert report.findings.get().fate == Fate.RAISED
    assert target.rejected_inputs.get().author == "PlannerAgent"


def test_a_target_that_cannot_be_read_is_not_scanned(target: Target) -> None:
    target.state = "NEW"
    with pytest.raises(NotReady, match="not ready"):
        scan(target)
    assert Inspection.objects.count() == 0


def test_the_command_prints_it(target: Target) -> None:
    out = StringIO()
    call_command("scan", "gateway", stdout=out)
    assert "No finding: a normal result." in out.getvalue()
    assert "Index ages: no telemetry" in out.getvalue()
    told = StringIO()
    call_command("scan", "gateway", "--json", stdout=told)
    assert json.loads(told.getvalue())["sort"] == "scan"
    Target.objects.update(state="NEW")
    with pytest.raises(CommandError, match="not ready"):
        call_command("scan", "gateway")
    assert Finding.objects.count() == 0
