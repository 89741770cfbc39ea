"""A generation, told once: agents fail, it is planned, built, judged, proposed, and goes live."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from audit import sequencer, verify
from audit.log import Actor
from audit.models import Entry
from generations.choosing.focus import Focus
from generations.models import Generation, Outcome, Result
from generations.phases import NAMES
from generations.running import loop, opening
from generations.running.opening import Wish
from proposals import records
from proposals.models import Kind, Proposal, Status
from telemetry.models import Pattern
from tests.factories import git
from tests.flow.world import SECRET, World
from tests.generations.engines import Authored
from tests.generations.scene import plan, quick

pytestmark = pytest.mark.django_db
DIFF = """\
--- a/config/tools.yaml
+++ b/config/tools.yaml
@@ -11,3 +11,3 @@
     upstream: /search
-    timeout_ms: 400
+    timeout_ms: 900
     retries: 0
"""
PLAN = plan(
    "config/tools.yaml",
    title="Give web_search time to answer",
    rationale="The limit lies below what the index usually takes.",
    steps=["Raise the limit of this one tool."],
    expected_effect={},
)


def test_from_a_failure_to_a_change_that_holds(
    tmp_path: Path, settings: LazySettings, client: Client
) -> None:
    quick(settings)
    world = World(tmp_path)
    world.pass_minutes(90)
    pattern = Pattern.objects.get(component="web_search")

    first = generation(world, pattern)
    assert first.outcome == Outcome.ACCEPTED, first.reason
    proposal = proposed(first, pattern)

    world.check()
    approve(client, proposal)
    assert world.deliver(proposal).stage == "watch"
    world.pass_minutes(75)
    assert world.deliver(proposal).watch.verdict == "implemented"
    assert Proposal.objects.get().status == Status.IMPLEMENTED
    assert "timeout_ms: 900" in git(world.origin, "show", "main:config/tools.yaml")

    world.at += timedelta(minutes=1)
    second = generation(world, pattern)
    assert second.parent == first
    assert second.reason_kind == "edits"  # what was to be changed is so by now
    leaves_its_traces(world, first)


def generation(world: World, pattern: Pattern) -> Generation:
    """Walk one generation with an engine that knows what to do about a pattern."""
    focus = Focus(f"pattern:{pattern.pk}", "web_search is given up too early", 2.0, 40.0)
    wish = Wish(target=world.target, actor=Actor("person", "oda"))
    begun = opening.begin(wish, at=world.at)
    return loop.drive(begun.pk, lambda: world.at, engines=Authored(PLAN, DIFF, focus=focus))


def proposed(first: Generation, pattern: Pattern) -> Proposal:
    """Look at what a person gets to read: no benchmark moved, the failure itself is the proof."""
    decided = first.runs.get(phase="decide")
    assert decided.details["label"] == "witnessed"
    assert decided.details["gain"] == 0
    proposal = Proposal.objects.get()
    assert proposal.generation == first
    assert proposal.kind == Kind.BUGFIX
    assert [one.pattern for one in proposal.evidence.all()] == [pattern]
    words = records.words_of(proposal)
    assert words.events
    assert "fails without the change and goes well with it, twice each." in words.evidence
    return proposal


def approve(client: Client, proposal: Proposal) -> None:
    client.login(username="rita", password="rita")
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "generation #1" in page
    form = {"document_digest": proposal.document_digest, "acknowledged": "on"}
    assert client.post(f"{proposal.get_absolute_url()}approve/", form).status_code == 302
    assert Proposal.objects.get(pk=proposal.pk).status == Status.APPROVED


def leaves_its_traces(world: World, first: Generation) -> None:
    sequencer.seal(world.at)
    verdict = verify.verify()
    assert verdict.ok, verdict.problems
    told = Entry.objects.filter(subject=f"generation:{first.pk}")
    assert told.filter(event="generation.phase_ended").count() == len(NAMES)
    assert [run.result for run in first.runs.all()] == [Result.PASSED] * len(NAMES)
    assert not any(SECRET in str(row) for row in first.runs.values())
    heads = git(world.origin, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")
    assert set(heads.split()) == {"main", "selfimprove/proposals"}
