"""A change that is worth it becomes a proposal with all that speaks for it."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from audit.events import Event
from audit.models import Entry
from generations.models import Generation, Outcome, Result
from generations.phases import NAMES, naming
from proposals import checks, records
from proposals.models import Engine, Kind, Proposal, Status
from tests.factories import make_proposal, make_user, proposal_text
from tests.generations.scene import FILES, UNITTEST, UNUSED, Scene, make_scene, plan
from validation.models import Outcome as Gates

README = """\
--- a/README.md
+++ b/README.md
@@ -1 +1,2 @@
 # Shop
+Open all day.
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path, settings: LazySettings) -> Scene:
    return make_scene(tmp_path, settings)


def test_a_whole_generation_becomes_a_proposal(scene: Scene) -> None:
    generation = scene.turn()
    assert scene.phases(generation) == [(name, Result.PASSED) for name in NAMES]
    assert scene.engine.asked == ["plan", "build", "review"]
    assert (generation.outcome, generation.reason_kind) == (Outcome.ACCEPTED, "")
    assert generation.reason == "Proposed: “Leave out an import that nothing uses”."
    proposal = Proposal.objects.get()
    assert generation.proposal == proposal
    assert proposal.status == Status.PENDING
    assert proposal.diff == generation.diff
    assert proposal.base_commit == generation.base_commit
    assert generation.ended_at is not None
    assert (generation.lease_owner, generation.activity) == ("", "")


def test_the_proposal_says_all_that_a_person_needs(scene: Scene) -> None:
    proposal = scene.turn().proposal
    assert proposal is not None
    words = records.words_of(proposal)
    assert words.problem == "An import that nothing uses"
    assert words.root_cause == "The module once read the environment, and does not any more."
    assert words.solution == "1. Take the line out."
    assert "| lint score | 1 | 0 | better, kept |" in words.evidence
    assert "- lint_score: 1 findings are gone, 0 are new" in words.evidence
    assert "lint_score, won: `F401 shop/prices.py`." in words.evidence
    assert "Of 15 gates 12 passed." in words.evidence
    assert "- tests: not run. The target names no tests" in words.evidence
    assert "The review approved it with 0.90." in words.evidence
    assert "Generation 1 of this target: kept." in words.evidence
    assert words.impact == "- lint_score: from 1 finding to 0 findings"
    assert words.risk.startswith("Level: low.")
    assert "- Left out on purpose: Other modules" in words.risk
    assert words.rollback
    assert words.checklist.count("- [ ]") == 4
    assert (proposal.kind, proposal.risk) == (Kind.ENHANCEMENT, "low")


@pytest.mark.parametrize("by", [Engine.EMBEDDED, Engine.ANTHROPIC, Engine.SCRIPTED])
def test_who_really_wrote_it_is_told_and_a_script_proves_nothing(scene: Scene, by: Engine) -> None:
    proposal = scene.with_engine(by=by).turn().proposal
    assert proposal is not None
    assert (proposal.engine, proposal.author) == (by, "Builder")
    simulated = "written by a script" in records.words_of(proposal).evidence
    assert simulated is (by == Engine.SCRIPTED)


def test_what_was_overlooked_in_the_edits_stands_in_the_proposal(
    scene: Scene, client: Client
) -> None:
    overlooked = ["shop/prices.py: indentation", "`x` | y"]
    proposal = scene.with_engine(built={"repairs": overlooked}).turn().proposal
    assert proposal is not None
    said = "shop/prices.py: indentation; 'x' / y"
    assert records.words_of(proposal).repairs == said
    assert f"repairs: {said}" in proposal.document.replace('"', "")
    client.force_login(make_user("reviewer"))
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "did not fit as it was written" in page
    assert "shop/prices.py: indentation; &#x27;x&#x27; / y" in page


def test_the_gates_look_at_the_proposal_as_at_any_other(scene: Scene) -> None:
    generation = scene.turn()
    assert generation.proposal is not None
    assert generation.report is not None
    made = checks.check(generation.proposal, scene.clock())
    assert made.pk != generation.report.pk
    assert made.outcome == generation.report.outcome == Gates.ACKNOWLEDGE
    assert made.diff_digest == generation.report.diff_digest


def test_what_it_did_is_on_the_log_in_its_order(scene: Scene) -> None:
    generation = scene.turn()
    told = list(Entry.objects.filter(subject=f"generation:{generation.pk}").order_by("id"))
    events = [entry.event for entry in told]
    assert events[0] == Event.GENERATION_STARTED
    assert events[1:-1] == [Event.GENERATION_PHASE_ENDED] * len(NAMES)
    assert events[-1] == Event.GENERATION_ENDED
    assert told[-1].facts["proposal"] == str(generation.proposal_id)
    assert told[0].who == "ada"


def test_the_numbers_go_on_and_the_next_one_sees_that_it_was_proposed(scene: Scene) -> None:
    first, second = scene.turn(), scene.turn()
    assert (first.number, second.number) == (1, 2)
    assert (second.outcome, second.reason_kind) == (Outcome.REJECTED, "known")
    assert Proposal.objects.count() == 1


def test_tests_that_pass_on_are_run_and_told(tmp_path: Path, settings: LazySettings) -> None:
    scene = make_scene(
        tmp_path,
        settings,
        files={**FILES, ".selfimprove.toml": UNITTEST},
        benchmarks=("lint_score", "test_pass_rate"),
    )
    generation = scene.turn()
    assert generation.outcome == Outcome.ACCEPTED
    verdicts = dict(generation.deltas.values_list("benchmark", "verdict"))
    assert verdicts == {"lint_score": "better", "test_pass_rate": "no difference"}


def test_its_page_names_the_generation(scene: Scene, client: Client) -> None:
    proposal = scene.turn().proposal
    assert proposal is not None
    client.force_login(make_user("admin"))
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "generation #1" in page
    other = make_proposal(scene.target, text=proposal_text(diff=README, target="shop"))
    page = client.get(other.get_absolute_url()).content.decode()
    assert "generation #" not in page


def test_words_from_outside_cannot_break_the_document(scene: Scene) -> None:
    sly = plan(
        title="`# Ignore` | all\u202e of it",
        rationale="## Evidence\n\n```\nnever closed\n\n~~~ nor this\n\n# Title",
        steps=["## Risk", "```diff\n+ x\n```"],
        out_of_scope=["token=ghp_" + "a1B2" * 9],
    )
    proposal = scene.with_engine(plan_=sly, diff=UNUSED).turn().proposal
    assert proposal is not None
    assert "ghp_a1B2" not in proposal.document
    assert "\u202e" not in proposal.document
    words = records.words_of(proposal)
    assert words.title.startswith("'# Ignore' / all")
    assert words.root_cause.split("\n\n")[0] == "Evidence"
    assert len(words.solution.splitlines()) == 2


def test_a_dry_run_writes_nothing_and_says_what_it_would_have_proposed(scene: Scene) -> None:
    before, folder = scene.refs(), files_below(scene.folder / "shop-clone")
    generation = scene.turn(dry_run=True)
    assert (generation.outcome, generation.proposal) == (Outcome.ACCEPTED, None)
    last = generation.runs.get(phase="propose")
    assert last.message == (
        "Dry run: “Leave out an import that nothing uses” would have been proposed."
    )
    assert last.details["document"].startswith("---\n")
    assert not Proposal.objects.exists()
    assert scene.refs() == before
    assert files_below(scene.folder / "shop-clone") == folder
    assert not Entry.objects.filter(event=Event.PROPOSAL_CREATED).exists()


def test_a_real_one_after_a_dry_run_is_proposed(scene: Scene) -> None:
    assert scene.turn(dry_run=True).proposal is None
    second: Generation = scene.turn()
    assert second.proposal_id == naming.identity(second)


def files_below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))
