"""Is every proposal that awaits review judged by the rules in force?"""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from audit.models import Entry
from proposals import checks, decision, tasks
from proposals.decision import NotChecked
from proposals.models import Proposal, Status
from targets.models import Target
from tests.factories import FILES, NOW, make_proposal, make_report, make_target, make_user
from validation.models import Outcome

LATER = NOW + timedelta(hours=1)


def _unchecked(target: Target, *, diff: str = "") -> Proposal:
    proposal = make_proposal(target, diff=diff) if diff else make_proposal(target)
    Proposal.objects.filter(pk=proposal.pk).update(report=None)
    proposal.refresh_from_db()
    return proposal


def test_a_check_keeps_its_report_on_the_proposal(target: Target) -> None:
    proposal = _unchecked(target)
    report = checks.check(proposal, LATER)
    proposal.refresh_from_db()
    assert proposal.report == report
    assert (report.diff_digest, report.base_commit) == (
        proposal.diff_digest,
        proposal.base_commit,
    )
    assert report.results.exists()
    entry = Entry.objects.get(event="proposal.checked")
    assert (entry.facts["report"], entry.facts["outcome"]) == (report.digest, report.outcome)


def test_a_forbidden_path_is_refused_and_cannot_be_approved(target: Target) -> None:
    diff = (
        "--- a/SYSTEM_CONTRACT.md\n+++ b/SYSTEM_CONTRACT.md\n@@ -1,3 +1,3 @@\n # Contract\n \n"
        "-Agents answer within their limits.\n+Agents do as they please.\n"
    )
    proposal = _unchecked(target, diff=diff)
    assert checks.check(proposal, LATER).outcome == Outcome.REFUSED
    with pytest.raises(NotChecked, match="refused"):
        decision.approve(
            proposal,
            reviewer=make_user(),
            document_digest=proposal.document_digest,
            at=LATER,
            acknowledged=True,
        )


def test_an_unreadable_manifest_is_said_and_stops_the_approval(
    tmp_path_factory: pytest.TempPathFactory, db: None
) -> None:
    files = {**FILES, ".selfimprove.toml": "tests = [broken"}
    proposal = _unchecked(make_target(tmp_path_factory.mktemp("broken"), files=files))
    report = checks.check(proposal, LATER)
    assert report.outcome == Outcome.COULD_NOT_RUN
    assert ".selfimprove.toml" in report.results.get().summary


def test_a_change_that_cannot_be_made_any_more_is_said_and_holds_up_nobody(
    target: Target,
) -> None:
    lost, fine = _unchecked(target), _unchecked(target)
    Proposal.objects.filter(pk=lost.pk).update(base_commit="a" * 40)
    assert tasks.check() == "2 checked"
    outcomes = dict(Proposal.objects.values_list("pk", "report__outcome"))
    assert outcomes[lost.pk] == Outcome.COULD_NOT_RUN
    assert outcomes[fine.pk] not in (None, Outcome.COULD_NOT_RUN)


def test_the_tick_checks_what_waits_and_nothing_twice(target: Target) -> None:
    _unchecked(target)
    make_proposal(target, status=Status.REJECTED)
    assert tasks.check() == "1 checked"
    assert tasks.check() == "0 checked"


def test_what_could_not_run_is_tried_again_after_a_while(target: Target) -> None:
    proposal = make_proposal(target)
    make_report(proposal, Outcome.COULD_NOT_RUN, at=timezone.now())
    now = timezone.now()
    assert not checks.waiting(now).exists()
    assert checks.waiting(now + timedelta(hours=1)).get() == proposal


def test_when_the_rules_change_the_old_answer_is_void(
    target: Target, settings: LazySettings
) -> None:
    proposal = make_proposal(target)
    stricter = settings.SELFIMPROVE.validation.model_copy(update={"max_files": 3})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"validation": stricter})
    with pytest.raises(NotChecked, match="rules changed"):
        decision.approve(
            proposal,
            reviewer=make_user(),
            document_digest=proposal.document_digest,
            at=LATER,
        )
    assert checks.waiting(LATER).get() == proposal


def test_a_report_never_lands_on_words_that_changed_meanwhile(target: Target) -> None:
    proposal = _unchecked(target)
    Proposal.objects.filter(pk=proposal.pk).update(diff_digest="0" * 64)
    checks.check(proposal, LATER)
    assert Proposal.objects.get().report is None


def test_publishing_names_the_target_it_could_not_reach(target: Target) -> None:
    make_proposal(target)
    assert tasks.publish() == "gateway: 1 commits, 0 reworded"
    assert tasks.publish() == "nothing to publish"
    Target.objects.update(origin="/nowhere/at/all.git")
    assert tasks.publish().startswith("gateway: not published, ")
