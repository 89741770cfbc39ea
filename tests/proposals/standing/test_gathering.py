"""Is what the bounds ask read from the rows as they are, and nothing taken on trust?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from audit.models import Entry
from proposals.models import Proposal
from proposals.rehearsed.records import Rehearsal
from proposals.standing import gathering, judging
from proposals.standing.records import Judgement
from proposals.standing.rules import PROVEN, Case
from targets.models import Target
from tests.factories import NOW, make_proposal, make_rehearsal
from tests.proposals.standing.scene import fresh, written
from tests.tied import without_guards
from validation.models import Report

CODE = (
    "--- a/gateway/limits.py\n+++ b/gateway/limits.py\n@@ -1,3 +1,3 @@\n"
    ' """Limits."""\n \n-LONGEST = 10\n+LONGEST = 11\n'
)
GONE = "--- a/SYSTEM_CONTRACT.md\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-# Contract\n-\n"
GONE += "-Agents answer within their limits.\n"


def case(proposal: Proposal) -> Case:
    return gathering.case_of(fresh(proposal), NOW)


def test_a_change_of_whitelisted_values_is_small_and_fully_known(target: Target) -> None:
    found = case(written(target))
    assert (found.risk, found.files, found.lines) == ("low", 1, 2)
    assert found.paths == ("config/tools.yaml",)
    assert (found.label, found.engine) == (PROVEN, "embedded")
    assert (found.uncounted, found.doubts, found.weaker, found.rehearsal) == ("", (), 0, "")
    assert found.pending
    assert not found.held_by


@pytest.mark.parametrize(("diff", "risk"), [(CODE, "medium"), (GONE, "medium")])
def test_what_is_touched_says_how_far_it_reaches(target: Target, diff: str, risk: str) -> None:
    assert case(written(target, diff=diff, risk="low")).risk == risk


@pytest.mark.parametrize(
    ("changed", "risk"),
    [
        ({"new_mode": "100755"}, "high"),
        ({"new_mode": "120000", "status": "A", "old_mode": ""}, "high"),
        ({"new_mode": "160000", "status": "A", "old_mode": ""}, "high"),
        ({"added": 0, "removed": 0}, "high"),
        ({"status": "T"}, "high"),
        ({"added": 150, "removed": 51}, "medium"),
        ({"path": "config/policies/own.cedar"}, "critical"),
        ({"path": ".github/workflows/ci.yml"}, "critical"),
        ({"path": "data.bin"}, "high"),
        ({"path": "tests/test_limits.py"}, "low"),
        ({"path": "README.md"}, "low"),
    ],
)
def test_modes_links_and_judges_are_seen_in_the_list_of_files(
    target: Target, changed: dict[str, Any], risk: str
) -> None:
    proposal = written(target)
    [file] = proposal.affected_files
    Proposal.objects.filter(pk=proposal.pk).update(affected_files=[{**file, **changed}])
    assert case(proposal).risk == risk


@pytest.mark.parametrize(
    ("engine", "called"),
    [
        ("embedded", "embedded"),
        ("anthropic", "model"),
        ("bedrock", "model"),
        ("scripted", "simulated"),
        ("person", "written by a person"),
    ],
)
def test_an_engine_is_one_of_ours_or_called_what_it_is(
    target: Target, engine: str, called: str
) -> None:
    proposal = written(target)
    Proposal.objects.filter(pk=proposal.pk).update(engine=engine)
    assert case(proposal).engine == called


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"diff_digest": "0" * 64}, "it judged an earlier version"),
        ({"base_commit": "0" * 40}, "it judged an earlier version"),
        ({"policy_digest": "0" * 64}, "the rules changed since"),
        ({"void": "ada waived a finding."}, "ada waived a finding."),
        ({"relies_until": NOW - timedelta(minutes=1)}, "A waiver that it relies on expired"),
    ],
)
def test_a_report_that_counts_no_more_is_said_to_be_so(
    target: Target, columns: dict[str, Any], words: str
) -> None:
    proposal = written(target)
    Report.objects.update(**columns)
    assert words in case(proposal).uncounted


def test_a_report_without_a_single_gate_is_a_doubt(target: Target) -> None:
    proposal = written(target)
    assert proposal.report is not None
    proposal.report.results.all().delete()
    assert case(proposal).doubts == ("no gate answered",)


def test_a_way_back_that_is_still_to_come_is_awaited_and_one_that_fails_is_not(
    target: Target,
) -> None:
    proposal = written(target)
    Rehearsal.objects.update(head_commit="0" * 40)
    assert case(proposal).rehearsal_waits
    make_rehearsal(proposal, "COULD_NOT_RUN", words="The clone is away.")
    assert case(proposal).rehearsal_waits
    make_rehearsal(proposal, "STEP_FAILED", words="A step fails.")
    found = case(proposal)
    assert (found.rehearsal, found.rehearsal_waits) == ("A step fails.", False)
    Rehearsal.objects.all().delete()
    assert case(proposal).rehearsal == "not rehearsed yet"


def test_a_generations_word_is_of_one_change_and_stands_on_the_log(target: Target) -> None:
    proposal = written(target)
    entry = Entry.objects.get(event="proposal.judged")
    assert entry.facts["label"] == PROVEN
    assert entry.facts["diff"] == proposal.diff_digest
    assert judging.label_of(proposal) == PROVEN
    Proposal.objects.filter(pk=proposal.pk).update(diff_digest="0" * 64)
    assert judging.label_of(fresh(proposal)) == ""


def test_a_word_that_was_moved_to_another_proposal_is_none(target: Target) -> None:
    mine, other = written(target), make_proposal(target)
    with without_guards():
        Judgement.objects.update(
            proposal=other, diff_digest=other.diff_digest, base_commit=other.base_commit
        )
    assert judging.label_of(fresh(other)) == ""
    assert judging.label_of(fresh(mine)) == ""


def test_a_word_is_neither_changed_nor_taken_back(target: Target) -> None:
    written(target)
    with pytest.raises(DatabaseError), transaction.atomic():
        Judgement.objects.update(label="kept")
    with pytest.raises(DatabaseError), transaction.atomic():
        Judgement.objects.all().delete()
