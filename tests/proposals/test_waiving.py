"""One finding is let pass by one person for a while, and nothing else ever is."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from audit.models import Entry
from proposals import checks, decision, waiving
from proposals.decision import FourEyes, NotAcknowledged, NotChecked
from proposals.models import Proposal, Status
from targets.models import Target
from tests.factories import NOW, make_target, make_user
from tests.people import pseudonym
from tests.proposals.waived import (
    LINE,
    WITHOUT_TESTS,
    checked,
    make_refused,
    make_waiver_person,
    refusing,
)
from validation import runner
from validation.models import Finding, Outcome, Waiver
from validation.waiving import acts
from validation.waiving.acts import CannotWaive, Wish

OURS = Wish("It is our own status page.")
SECOND = 'MIRROR = "https://mirror.gateway-team.io/now"'
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def target(tmp_path: Path, db: None) -> Target:
    """Make a target without tests of its own: they are not what this is about."""
    return make_target(tmp_path, files=WITHOUT_TESTS)


@pytest.fixture
def wanda(db: None) -> User:
    return make_waiver_person()


def waive(proposal: Proposal, person: User, *, number: int = 0, wish: Wish = OURS) -> Waiver:
    found = refusing(proposal)[number]
    return waiving.waive(proposal, found.pk, wish, person=person, at=NOW)


def approve(proposal: Proposal, person: User, *, acknowledged: bool = True) -> Proposal:
    return decision.approve(
        proposal,
        reviewer=person,
        document_digest=proposal.document_digest,
        at=LATER,
        acknowledged=acknowledged,
    )


def test_what_is_waived_lets_pass_visibly_and_is_never_called_passed(
    target: Target, wanda: User
) -> None:
    proposal = make_refused(target)
    assert proposal.report is not None
    assert proposal.report.outcome == Outcome.REFUSED
    waiver = waive(proposal, wanda)
    assert waiver.until == NOW + timedelta(days=7)
    assert checks.waiting(NOW).get() == proposal, "it is checked again"
    proposal = checked(proposal)
    result = proposal.report.results.get(gate="addresses")  # type: ignore[union-attr]
    assert result.outcome == Outcome.ACKNOWLEDGE
    assert result.summary == "1 finding, 1 of them waived"
    finding = result.findings.get()
    assert (finding.waiver, finding.refuses) == (waiver, False)
    with pytest.raises(NotAcknowledged):
        approve(proposal, make_user(), acknowledged=False)
    assert approve(proposal, make_user()).status == Status.APPROVED


def test_the_log_says_who_waived_what_until_when_and_why(target: Target, wanda: User) -> None:
    proposal = make_refused(target)
    waiver = waive(proposal, wanda)
    entry = Entry.objects.get(event="finding.waived")
    assert (entry.actor, entry.subject) == (pseudonym("wanda"), f"proposal:{proposal.pk}")
    assert entry.uid == waiver.entry_uid
    assert entry.reason == OURS.reason
    assert entry.facts["gate"] == "addresses"
    assert entry.facts["until"] == waiver.until.isoformat()
    assert "wanda" not in entry.body
    acts.withdraw(waiver, person=wanda, at=LATER, reason="The page moved.")
    gone = Entry.objects.get(event="finding.waiver_withdrawn")
    assert gone.reason == "The page moved."
    assert str(waiver.entry_uid) in gone.cites


def test_a_waiver_of_one_finding_leaves_the_other_refused(target: Target, wanda: User) -> None:
    proposal = make_refused(target, LINE, SECOND)
    assert len(refusing(proposal)) == 2
    waive(proposal, wanda)
    proposal = checked(proposal)
    [left] = refusing(proposal)
    assert "mirror.gateway-team.io" in left.message
    assert proposal.report.outcome == Outcome.REFUSED  # type: ignore[union-attr]
    with pytest.raises(NotChecked, match="refused"):
        approve(proposal, make_user())


@pytest.mark.parametrize(
    "line",
    sorted(
        {
            f"{LINE}  # later",
            LINE.replace("STATUS", "ALERTS"),
            LINE.replace("/now", "/then"),
        }
    ),
)
def test_another_line_in_the_same_file_with_the_same_words_is_not_covered(
    target: Target, wanda: User, line: str
) -> None:
    waive(make_refused(target), wanda)
    other = make_refused(target, line)
    assert other.report is not None
    assert other.report.outcome == Outcome.REFUSED
    assert [finding.message for finding in refusing(other)] == [
        "status.gateway-team.io is new: data could go there"
    ]


def test_the_same_line_in_another_proposal_of_the_target_is_covered(
    target: Target, wanda: User
) -> None:
    waive(make_refused(target), wanda)
    again = make_refused(target, LINE, "SHORTEST = 1")
    assert refusing(again) == []


def test_another_version_of_the_gate_is_not_covered(
    target: Target, wanda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = make_refused(target)
    waive(proposal, wanda)
    monkeypatch.setattr("validation.gates.addresses.VERSION", 99)
    assert len(refusing(checked(proposal))) == 1


def test_who_wrote_it_cannot_waive_what_was_found_in_it(target: Target) -> None:
    proposal = make_refused(target)
    author = make_waiver_person("EvalAgent")
    with pytest.raises(FourEyes, match="somebody else must waive"):
        waive(proposal, author)
    assert not Waiver.objects.exists()
    assert not Entry.objects.filter(event="finding.waived").exists()


def test_who_may_only_decide_cannot_waive(target: Target) -> None:
    proposal = make_refused(target)
    with pytest.raises(PermissionDenied):
        waive(proposal, make_user("reviewer"))
    assert not Waiver.objects.exists()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish("  "), "say why"),
        (Wish("x" * 2001), "2001 characters"),
        (Wish("fine", 0), "1 to 30 days"),
        (Wish("fine", 31), "1 to 30 days"),
        (Wish("fine", -1), "1 to 30 days"),
    ],
)
def test_without_reason_or_beyond_the_longest_time_nothing_is_waived(
    target: Target, wanda: User, wish: Wish, words: str
) -> None:
    proposal = make_refused(target)
    with pytest.raises(CannotWaive, match=words):
        waive(proposal, wanda, wish=wish)
    assert not Waiver.objects.exists()
    proposal.refresh_from_db()
    assert proposal.report.void == ""  # type: ignore[union-attr]
    assert not Entry.objects.filter(event="finding.waived").exists()


def test_a_secret_in_a_reason_is_not_kept(target: Target, wanda: User) -> None:
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    waiver = waive(make_refused(target), wanda, wish=Wish(f"see {key}"))
    assert key not in waiver.reason
    assert waiver.reason.startswith("see ")


def test_what_a_gate_refuses_that_does_not_allow_it_cannot_be_waived(
    target: Target, wanda: User
) -> None:
    proposal = make_refused(target)
    Finding.objects.filter(result__report=proposal.report, refuses=True).update(bound="a" * 64)
    found = refusing(proposal)[0]
    for gate in ("size", "forbidden paths", "tests", "syntax", "parameters", "privileges", "new"):
        found.result.gate = gate
        found.result.save()
        with pytest.raises(CannotWaive, match="cannot be waived"):
            waiving.waive(proposal, found.pk, OURS, person=wanda, at=NOW)
    assert not Waiver.objects.exists()


def test_a_finding_without_a_line_to_bind_to_cannot_be_waived(target: Target, wanda: User) -> None:
    proposal = make_refused(target)
    Finding.objects.filter(result__report=proposal.report).update(bound="")
    with pytest.raises(CannotWaive, match="names no line"):
        waive(proposal, wanda)


def test_two_people_do_not_waive_the_same(target: Target, wanda: User) -> None:
    proposal = make_refused(target)
    waive(proposal, wanda)
    with pytest.raises(CannotWaive, match="wanda has waived this already"):
        waive(proposal, make_waiver_person("wim"))


def test_a_finding_of_an_older_check_or_of_another_proposal_is_refused(
    target: Target, wanda: User
) -> None:
    proposal, other = make_refused(target), make_refused(target, SECOND)
    with pytest.raises(CannotWaive, match="no such finding"):
        waiving.waive(proposal, refusing(other)[0].pk, OURS, person=wanda, at=NOW)
    Proposal.objects.filter(pk=other.pk).update(diff_digest="0" * 64)
    with pytest.raises(CannotWaive, match="moved since"):
        waive(other, wanda)


def test_what_is_decided_cannot_be_waived_any_more(target: Target, wanda: User) -> None:
    proposal = make_refused(target)
    decision.reject(proposal, reviewer=make_user(), reason="No.", at=NOW)
    with pytest.raises(CannotWaive, match="Rejected"):
        waive(proposal, wanda)


def test_an_expired_waiver_counts_no_more(target: Target, wanda: User) -> None:
    proposal = make_refused(target)
    waiver = waive(proposal, wanda, wish=Wish("fine", 1))
    proposal = checked(proposal)
    assert not checks.waiting(waiver.until - timedelta(seconds=1)).exists()
    assert checks.waiting(waiver.until).get() == proposal
    with pytest.raises(NotChecked, match="waiver that it relies on expired on 2026-03-03"):
        decision.approve(
            proposal,
            reviewer=make_user(),
            document_digest=proposal.document_digest,
            at=waiver.until,
            acknowledged=True,
        )
    checks.check(proposal, waiver.until)
    proposal.refresh_from_db()
    assert proposal.report.outcome == Outcome.REFUSED  # type: ignore[union-attr]


def test_a_withdrawn_waiver_voids_the_report_and_is_withdrawn_once(
    target: Target, wanda: User
) -> None:
    proposal = make_refused(target)
    waiver = waive(proposal, wanda)
    proposal = checked(proposal)
    assert not checks.waiting(NOW).exists()
    acts.withdraw(waiver, person=wanda, at=LATER)
    assert checks.waiting(LATER).get() == proposal
    proposal.refresh_from_db()
    with pytest.raises(NotChecked, match="wanda withdrew a waiver"):
        approve(Proposal.objects.get(pk=proposal.pk), make_user())
    with pytest.raises(CannotWaive, match="withdrawn already"):
        acts.withdraw(waiver, person=wanda, at=LATER)
    checks.check(proposal, LATER)
    proposal.refresh_from_db()
    assert proposal.report.outcome == Outcome.REFUSED  # type: ignore[union-attr]


def test_a_stranger_cannot_withdraw(target: Target, wanda: User) -> None:
    waiver = waive(make_refused(target), wanda)
    with pytest.raises(PermissionDenied):
        acts.withdraw(waiver, person=make_user("reviewer"), at=LATER)
    waiver.refresh_from_db()
    assert waiver.is_in_force(LATER)


def test_the_same_line_twice_takes_two_waivers(target: Target, wanda: User) -> None:
    line = "from os import system; system('true')"
    proposal = make_refused(target, line, "x = 1", line)
    before = len(refusing(proposal))
    assert before > 1
    names = {finding.bound for finding in refusing(proposal)}
    assert len(names) == before, "each finding has a name of its own"
    waive(proposal, wanda)
    assert len(refusing(checked(proposal))) == before - 1


def during(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something after the gates were asked and before their answers are kept."""
    asked = runner.check

    def check(*given: Any, **named: Any) -> Any:
        verdict = asked(*given, **named)
        act()
        return verdict

    monkeypatch.setattr(runner, "check", check)


def test_a_waiver_that_is_withdrawn_during_the_check_is_not_relied_on(
    target: Target, wanda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = make_refused(target)
    waiver = waive(proposal, wanda)
    during(monkeypatch, lambda: acts.withdraw(waiver, person=wanda, at=NOW))
    proposal = checked(proposal)
    monkeypatch.undo()
    with pytest.raises(NotChecked, match="withdrawn while it was checked"):
        approve(proposal, make_user())
    assert checks.waiting(LATER).get() == proposal
    assert refusing(checked(proposal))


def test_a_waiver_that_comes_during_the_check_is_not_overlooked(
    target: Target, wanda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = make_refused(target)
    during(monkeypatch, lambda: waive(proposal, wanda))
    again = checked(proposal)
    monkeypatch.undo()
    assert checks.waiting(LATER).get() == again
    assert refusing(checked(again)) == []
    assert not checks.waiting(LATER).exists()
