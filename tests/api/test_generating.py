"""Does a program begin a generation, see how far it is and call it off, as its person could?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry
from generations.models import Generation, Outcome, PhaseRun, Result
from generations.reporting import document
from generations.running import claims, opening, recording
from generations.running.opening import Wish
from proposals.decision import FourEyes
from selfimprove import switch
from selfimprove.mcp.callers import API, Caller
from selfimprove.mcp.deciding import refuse_own_work
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import Program, error, program, said
from tests.factories import make_user
from tests.generations.endings import bare_target, ended, opened
from tests.generations.scene import configure, make_scene

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


@pytest.fixture
def target() -> Target:
    return bare_target()


@pytest.fixture
def runs(target: Target) -> Program:
    return program(target, Scope.GENERATIONS_RUN, person=make_user("operator"))


def begin(runs: Program, **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = said(runs.post("generations", given), 202)
    return told


def held(generation: Generation) -> claims.Lease:
    """Let a worker be in the middle of a phase."""
    lease = claims.take(generation.pk, timezone.now())
    assert lease is not None
    recording.start(generation, lease)
    lease.write(activity="measures lint_score")
    return lease


def test_it_is_begun_as_the_page_would_and_waits_for_a_worker(runs: Program) -> None:
    answer = runs.post("generations", {"engine": "model", "dry_run": True, "brief": "Be quick."})
    told = said(answer, 202)
    generation = Generation.objects.get()
    assert (generation.writer, generation.dry_run, generation.brief) == (
        *("model", True),
        "Be quick.",
    )
    assert (generation.asked_by, generation.token) == (
        runs.person.username,
        runs.issued.token,
    )
    assert answer["Location"] == told["address"] == "/api/generations/1/progress"
    assert (told["state"], told["phase"], told["done"], told["of"]) == (
        *("waiting", "baseline"),
        *(0, 8),
    )
    assert told["said"] == "Baseline waits for a worker."
    assert (told["steps"], told["outcome"], told["proposal"]) == ([], None, None)


def test_the_log_says_who_began_it_and_by_which_token(runs: Program) -> None:
    begin(runs)
    runs.delete("generations/1")
    for event in ("generation.started", "generation.cancelled"):
        entry = Entry.objects.get(event=event)
        assert (entry.who, entry.actor_type) == (runs.person.username, "person")
        assert (entry.facts["door"], entry.facts["token"]) == ("api", runs.issued.token.pk)


def test_the_same_request_again_begins_nothing(runs: Program) -> None:
    first = runs.post("generations", {"dry_run": True}, Idempotency_Key="nightly-1")
    again = runs.post("generations", {"dry_run": True}, Idempotency_Key="nightly-1")
    assert said(again, 202) == said(first, 202)
    assert again["Idempotency-Replayed"] == "true"
    assert again["Location"] == first["Location"]
    assert "another request" in error(
        runs.post("generations", {}, Idempotency_Key="nightly-1"), 422
    )
    assert Generation.objects.count() == 1


def test_a_second_one_is_told_where_the_first_is(runs: Program) -> None:
    begin(runs)
    words = error(runs.post("generations", {}), 409)
    assert words == (
        "Nothing was begun. A generation of gateway is at work already."
        " Its address is /api/generations/1/progress."
    )
    assert Entry.objects.filter(event="generation.started").count() == 1


def test_how_far_it_is_can_be_followed(runs: Program, target: Target) -> None:
    begin(runs)
    generation = Generation.objects.get()
    lease = held(generation)
    told = said(runs.get("generations/1/progress"), 200)
    assert (told["state"], told["said"]) == ("running", "Baseline: measures lint_score")
    assert told["steps"][0]["result"] is None
    now = timezone.now()
    PhaseRun.objects.update(result=Result.PASSED, message="Starts from 0123.", ended_at=now)
    lease.write(phase="plan")
    told = said(runs.get("generations/1/progress"), 200)
    assert (told["phase"], told["done"]) == ("plan", 1)
    assert told["steps"][0]["message"] == "Starts from 0123."
    claims.release(lease)
    assert said(runs.get("generations/1/progress"), 200)["state"] == "waiting"


def test_what_nobody_works_on_ends_at_once_even_while_the_loop_is_paused(
    runs: Program,
) -> None:
    switch.pause(actor=ADA, reason="A look around.", at=timezone.now())
    begin(runs)
    told = said(runs.delete("generations/1"), 200)
    assert (told["state"], told["outcome"]) == ("ended", "CANCELLED")
    assert told["reason"] == f"Called off by {runs.person.username}."
    assert said(runs.delete("generations/1"), 200) == told
    assert Entry.objects.filter(event__startswith="generation.").count() == 3


def test_what_a_worker_is_at_is_asked_to_stop_and_a_repeat_changes_nothing(
    runs: Program,
) -> None:
    begin(runs)
    lease = held(Generation.objects.get())
    told = said(runs.delete("generations/1"), 202)
    assert (told["state"], told["outcome"]) == ("stopping", None)
    assert said(runs.delete("generations/1"), 202)["state"] == "stopping"
    assert Entry.objects.filter(event="generation.cancelled").count() == 1
    assert recording.end_if_over(Generation.objects.get(), lease)
    told = said(runs.get("generations/1/progress"), 200)
    assert (told["state"], told["steps"][0]["result"]) == ("ended", "STOPPED")


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.TIMED_OUT])
def test_too_late_says_how_it_ended_and_leaves_it(
    runs: Program, target: Target, outcome: Outcome
) -> None:
    ended(target, outcome, dry_run=outcome == Outcome.ACCEPTED)
    words = error(runs.delete("generations/1"), 409)
    assert f"has ended by itself ({outcome.label.lower()})" in words
    assert (Generation.objects.get().outcome, Generation.objects.get().cancelled_by) == (
        outcome,
        "",
    )
    assert not Entry.objects.filter(event="generation.cancelled").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"engine": "me"}, "engine: "),
        ({"engine": ""}, "engine: "),
        ({"dry_run": "yes"}, "dry_run: "),
        ({"brief": "x" * 20_001}, "brief: it is too long; send at most 20000."),
        ({"brief": "a\0b"}, "brief: line 1 holds a NUL character"),
        ({"brief": 7}, "brief: "),
        ({"wanted": 3}, "wanted: it is not known here"),
    ],
    ids=lambda one: str(one)[:24],
)
def test_what_cannot_be_meant_is_named_and_begins_nothing(
    runs: Program, given: dict[str, Any], words: str
) -> None:
    assert error(runs.post("generations", given), 422).startswith(words)
    assert not Generation.objects.exists()


def test_a_secret_in_the_brief_is_not_kept(runs: Program) -> None:
    begin(runs, brief="Use token=ghp_" + "a1B2" * 9)
    assert "ghp_" not in Generation.objects.get().brief


@pytest.mark.parametrize("number", ["2", "99999999999999999999"])
def test_what_is_not_there_is_said(runs: Program, number: str) -> None:
    opened(bare_target("mailer"))
    begin(runs)
    for answer in (
        runs.get(f"generations/{number}/progress"),
        runs.delete(f"generations/{number}"),
    ):
        assert error(answer, 404) == f"gateway has no generation {number}."


def test_only_for_its_target_with_its_scope_and_its_persons_permission(target: Target) -> None:
    runs = program(target, Scope.GENERATIONS_RUN, person=make_user("operator"))
    assert "the token is for gateway" in error(runs.post("generations", {"target": "it"}), 403)
    reads = program(target, Scope.PROPOSALS_READ, person=make_user("operator"))
    assert "not for generations:run" in error(reads.post("generations", {}), 403)
    opened(target)
    assert "not for generations:run" in error(reads.delete("generations/1"), 403)
    viewer = program(target, Scope.GENERATIONS_RUN, person=make_user("viewer"))
    for answer in (viewer.post("generations", {}), viewer.delete("generations/1")):
        assert "lacks the permission generations.run_generation" in error(answer, 403)
    assert Generation.objects.get().cancelled_by == ""


def test_a_program_that_begins_one_after_the_other_is_held(
    runs: Program, target: Target, settings: LazySettings
) -> None:
    configure(settings, "api", most_generations=2)
    for number in (1, 2):
        begin(runs)
        runs.delete(f"generations/{number}")
    words = error(runs.post("generations", {}), 429)
    assert "2 generations were begun within an hour" in words
    assert "api.most_generations" in words
    Generation.objects.update(started_at=timezone.now() - timedelta(hours=2))
    assert begin(runs)["number"] == 3


def test_what_was_begun_on_a_page_is_not_held_nor_counted(
    runs: Program, target: Target, settings: LazySettings
) -> None:
    configure(settings, "api", most_generations=1)
    opening.begin(Wish(target, Actor.person(runs.person)), at=timezone.now())
    runs.delete("generations/1")
    begin(runs)
    runs.delete("generations/2")
    opening.begin(Wish(target, Actor.person(runs.person)), at=timezone.now())


def test_what_came_of_it_another_person_approves(tmp_path: Path, settings: LazySettings) -> None:
    scene = make_scene(tmp_path, settings)
    runs = program(scene.target, Scope.GENERATIONS_RUN, person=make_user("operator"))
    told = begin(runs)
    scene.clock.at = timezone.now()
    generation = scene.finish(Generation.objects.get(number=told["number"]))
    assert generation.proposal is not None, generation.reason
    mine = program(scene.target, Scope.PROPOSALS_DECIDE, person=runs.person)
    answer = mine.post(
        f"proposals/{generation.proposal_id}/approve",
        {"digest": generation.proposal.document_digest},
    )
    assert answer.status_code in (403, 409)
    reviewer = make_user("reviewer")
    for person, refused in ((reviewer, False), (runs.person, True)):
        caller = program(scene.target, Scope.PROPOSALS_DECIDE, person=person)
        assert is_refused(generation, caller) is refused
    report = program(scene.target, Scope.PROPOSALS_READ, person=reviewer)
    found = report.get("generations/1").content
    assert found == document.encoded(generation)


def is_refused(generation: Generation, caller: Program) -> bool:
    """Tell whether four eyes keep a token's person from approving."""
    assert generation.proposal is not None
    try:
        refuse_own_work(generation.proposal, Caller(caller.issued.token, API))
    except FourEyes as refusal:
        return "A generation that an agent started" in str(refusal)
    return False


def test_a_deleted_token_takes_nothing_with_it(runs: Program, target: Target) -> None:
    begin(runs)
    generation = Generation.objects.get()
    runs.issued.token.delete()
    generation.refresh_from_db()
    assert generation.token is None
