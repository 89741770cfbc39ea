"""Is a covered proposal announced, given time, and approved exactly once; and every other left?"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction

from audit import sequencer, verify
from audit.log import Actor
from audit.models import Entry
from proposals import decision
from proposals.authorising import approved
from proposals.lifecycle import Move, advance
from proposals.models import Proposal, Status
from proposals.standing import acts, applying, asking, passing, rules, trusting
from proposals.standing.records import Announcement, Passage, Stand, StandingApproval
from proposals.waiting.approvals import ask_again
from targets.models import Target
from tests.factories import NOW, make_rehearsal, make_report, make_target, make_user
from tests.people import pseudonym
from tests.proposals.standing.scene import (
    QUIET,
    always,
    fresh,
    granted,
    in_force,
    let_through,
    look,
    people,
    shut,
    written,
)
from tests.tied import without_guards
from validation.models import Outcome

DUE = NOW + QUIET
LATER = DUE + timedelta(days=15)
CODE = (
    "--- a/gateway/limits.py\n+++ b/gateway/limits.py\n@@ -1,3 +1,3 @@\n"
    ' """Limits."""\n \n-LONGEST = 10\n+LONGEST = 11\n'
)

NO_MERGE = """\
@id("no_merge")
@says("Nothing is merged.")
forbid (principal, action == Action::"merge", resource);
"""


def test_it_is_announced_waits_and_is_approved_in_nobodys_name(target: Target) -> None:
    approval, proposal = in_force(target), written(target)
    assert look(proposal, NOW) == "announced"
    said = Announcement.objects.get()
    assert (said.standing, said.due_at, said.ended_at) == (approval, DUE, None)
    assert look(proposal, DUE - timedelta(seconds=1)) == ""
    assert look(proposal, DUE) == "approved"
    proposal = fresh(proposal)
    assert (proposal.status, proposal.reviewer) == (
        "APPROVED",
        f"standing approval #{approval.pk}",
    )
    assert not proposal.reviews.exists(), "no person has read it"
    assert "No person has read this change." in proposal.reason


def test_the_entry_binds_what_a_persons_does_and_names_both_people(target: Target) -> None:
    approval = in_force(target)
    proposal = let_through(written(target))
    passage = Passage.objects.get()
    entry = Entry.objects.get(uid=passage.entry_uid)
    assert (entry.event, entry.actor_type) == ("proposal.approved", "system")
    bound = decision.bound(proposal)
    assert bound.items() <= entry.facts.items()
    assert passage.policy_digest == bound["policy"]
    assert entry.facts["standing"] == {
        "number": approval.pk,
        "confirmation": str(approval.last_transition_id),
        "granted_by": pseudonym("ada"),
        "confirmed_by": pseudonym("bob"),
    }
    confirmed = Entry.objects.get(event="standing.confirmed")
    announced = Entry.objects.get(event="proposal.announced")
    assert {str(confirmed.uid), str(announced.uid)} <= set(entry.cites)
    sequencer.seal(DUE)
    places = [one.leaf.index for one in (confirmed, announced, entry)]
    assert places == sorted(places)
    assert verify.verify().ok


def test_what_rests_on_it_counts_as_approved_and_accepts_no_weaker_test(target: Target) -> None:
    in_force(target)
    proposal = let_through(written(target))
    assert approved.is_approved(proposal)
    assert approved.accepted_weaker_tests(proposal) == frozenset()
    assert passing.flaw(proposal) == ""
    assert passing.risk_of(proposal) == "low"


def _weak(proposal: Proposal) -> None:
    result = proposal.report.results.get()  # type: ignore[union-attr]
    result.findings.create(path="tests/a.py", message="An assertion is gone.", refuses=False)


def _gate(outcome: str) -> Callable[[Proposal], None]:
    def change(proposal: Proposal) -> None:
        make_report(proposal, Outcome.PASSED)
        proposal.report.results.update(outcome=outcome)  # type: ignore[union-attr]

    return change


def _held(proposal: Proposal) -> None:
    acts.hold(proposal, person=make_user("reviewer"), at=NOW)


MISSED: list[tuple[str, dict[str, Any], Callable[[Proposal], object]]] = [
    ("Engine", {"engine": "scripted"}, lambda _: None),
    ("Accepted by its generation", {"label": ""}, lambda _: None),
    ("Proven improved", {"label": "kept"}, lambda _: None),
    ("Blast radius", {"risk": "medium"}, lambda _: None),
    ("Paths", {"diff": CODE}, lambda _: None),
    ("The check counts", {}, lambda one: Proposal.objects.update(report=None)),
    ("Every gate passed outright", {}, lambda one: make_report(one, Outcome.ACKNOWLEDGE)),
    ("Every gate passed outright", {}, _gate(Outcome.NOT_RUN)),
    ("Every gate passed outright", {}, _gate(Outcome.COULD_NOT_RUN)),
    ("Every gate passed outright", {}, _weak),
    ("Way back rehearsed", {}, lambda one: make_rehearsal(one, "CONFLICTS", words="No.")),
    ("Held by nobody", {}, _held),
]


@pytest.mark.parametrize(("bound", "words", "change"), MISSED)
def test_what_misses_one_bound_is_left_to_people_and_the_bound_is_named(
    target: Target, bound: str, words: dict[str, Any], change: Callable[[Proposal], object]
) -> None:
    approval, proposal = in_force(target), written(target, **words)
    change(proposal)
    assert look(proposal, NOW) == ""
    found = applying.weighed(approval, fresh(proposal), NOW)
    assert bound in [str(line.bound) for line in rules.refused(found.lines)]
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    "bounds", [{"most_lines": 1}, {"paths": ("docs/**",)}, {"engines": ("model",)}]
)
def test_narrower_bounds_leave_more_to_people(target: Target, bounds: dict[str, Any]) -> None:
    in_force(target, **bounds)
    assert look(written(target), NOW) == ""


def test_without_a_confirmed_one_nothing_happens_by_itself(target: Target) -> None:
    granted(target)
    assert look(written(target), NOW) == ""
    assert list(applying.candidates()) == []


def test_a_standing_approval_of_one_target_covers_no_other(target: Target, tmp_path: Path) -> None:
    in_force(make_target(tmp_path / "other", slug="other"))
    assert look(written(target), NOW) == ""


def test_words_that_changed_after_the_announcement_begin_the_time_anew(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    Proposal.objects.filter(pk=proposal.pk).update(document_digest="9" * 64)
    late = NOW + timedelta(minutes=20)
    assert look(proposal, late) == "withdrawn"
    assert look(proposal, late) == "announced"
    assert look(proposal, DUE) == ""
    assert look(proposal, late + QUIET) == "approved"
    ended = Announcement.objects.order_by("pk").first()
    assert ended is not None
    assert "time begins anew" in ended.because
    assert Entry.objects.filter(event="proposal.withdrawn").count() == 1


def test_a_new_report_begins_the_time_anew_even_where_it_is_due(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    make_report(proposal)
    assert look(proposal, DUE) == "withdrawn"
    assert fresh(proposal).status == Status.PENDING
    assert look(proposal, DUE) == "announced"


def test_a_time_that_the_log_does_not_tell_is_none(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    said = Announcement.objects.get()
    sooner = {"announced_at": NOW - QUIET, "due_at": NOW}
    Announcement.objects.filter(pk=said.pk).update(**sooner)
    assert look(proposal, NOW) == "withdrawn"
    assert fresh(proposal).status == Status.PENDING


def test_a_hold_makes_it_a_persons_for_good(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    _held(proposal)
    assert look(proposal, DUE) == "withdrawn"
    assert "Held by nobody" in Announcement.objects.get().because
    assert look(proposal, DUE + QUIET) == ""
    assert fresh(proposal).status == Status.PENDING


def test_a_rejection_in_the_quiet_time_counts(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    decision.reject(proposal, reviewer=make_user(), reason="No.", at=NOW)
    assert look(proposal, DUE) == "withdrawn"
    assert fresh(proposal).status == Status.REJECTED


def test_a_shut_window_is_waited_for_and_told(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW, shut)
    assert look(proposal, DUE, shut) == ""
    assert "opens on Monday" in Announcement.objects.get().waits
    assert look(proposal, DUE + timedelta(days=2), always) == "approved"


def test_a_paused_target_is_waited_for(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    Target.objects.update(paused=True)
    assert look(proposal, DUE) == ""
    assert "paused" in Announcement.objects.get().waits


def test_so_many_in_a_day_and_the_next_one_tomorrow(target: Target) -> None:
    in_force(target, most_per_day=1)
    first, second = written(target), written(target)
    look(first, NOW)
    look(second, NOW)
    assert look(first, DUE) == "approved"
    assert look(second, DUE) == ""
    assert "1 so far" in Announcement.objects.get(proposal=second).waits
    assert look(second, DUE + timedelta(hours=24)) == "approved"


def test_a_row_that_does_not_say_what_its_diff_does_is_left_to_people(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    Proposal.objects.filter(pk=proposal.pk).update(affected_files=proposal.affected_files * 2)
    assert look(proposal, DUE) == "withdrawn"
    told = Announcement.objects.get().because
    assert "Policies: the row does not say what its diff does" in told


def test_a_policy_that_denies_the_merge_leaves_it_to_people(
    target: Target, settings: LazySettings, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "tuning.cedar").write_text(NO_MERGE)
    validation = settings.SELFIMPROVE.validation.model_copy(update={"own_policies": str(own)})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"validation": validation})
    in_force(target)
    assert look(written(target), NOW) == ""
    assert "merge: denied by no_merge" in asking.refusal(written(target))


def test_after_a_revert_it_is_suspended_and_nothing_more_passes(target: Target) -> None:
    approval, other = in_force(target), written(target)
    proposal = let_through(written(target))
    look(other, NOW)
    for move in (Move.OPEN_PR, Move.REVERT):
        advance(proposal, move, actor=Actor.system("delivery"), at=DUE, reason="It got worse.")
    assert look(other, DUE) == "withdrawn", "trust is asked for at once, before the tick says so"
    [suspended] = trusting.suspend_untrusted(DUE)
    assert suspended.status == Stand.SUSPENDED
    assert proposal.title in suspended.because
    assert trusting.suspend_untrusted(DUE) == []
    assert look(other, DUE) == ""
    entry = Entry.objects.get(event="standing.suspended")
    assert entry.actor_type == "system"

    acts.confirm(approval, person=people()[1], at=DUE)
    assert trusting.suspend_untrusted(DUE) == [], "what was taken back before is known by now"
    assert look(other, DUE) == "announced"


@pytest.mark.parametrize("end", ["revoked", "suspended", "confirmed anew"])
def test_what_was_let_through_holds_no_more_once_trust_ends(target: Target, end: str) -> None:
    approval = in_force(target)
    proposal = let_through(written(target))
    if end == "revoked":
        acts.revoke(approval, person=people()[0], at=DUE, reason="A mistake.")
    else:
        acts.suspend(approval, reason="Taken back.", at=DUE)
    if end == "confirmed anew":
        acts.confirm(approval, person=people()[1], at=DUE)
    assert end in passing.flaw(proposal)
    assert not approved.is_approved(proposal)


def test_what_ran_out_holds_for_what_it_let_through_before(target: Target) -> None:
    approval = in_force(target)
    proposal, late = let_through(written(target)), written(target)
    look(late, NOW)
    assert look(late, approval.until) == "withdrawn"
    assert passing.flaw(proposal) == ""


def test_a_confirmation_anew_begins_the_time_anew(target: Target) -> None:
    approval, proposal = in_force(target), written(target)
    look(proposal, NOW)
    acts.suspend(approval, reason="Taken back.", at=NOW)
    acts.confirm(approval, person=people()[1], at=NOW)
    assert look(proposal, DUE) == "withdrawn"
    assert look(proposal, DUE) == "announced"


@pytest.mark.parametrize("who", [0, 1])
def test_who_may_not_grant_any_more_stands_behind_nothing(target: Target, who: int) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    person = people()[who]
    person.is_active = False
    person.save()
    assert look(proposal, DUE) == "withdrawn"
    assert f"{person} may not grant one any more" in Announcement.objects.get().because


def test_bounds_that_differ_from_the_log_let_nothing_through(target: Target) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    with without_guards():
        StandingApproval.objects.update(most_lines=5000)
    assert look(proposal, DUE) == "withdrawn"
    assert "the log says otherwise of most_lines" in Announcement.objects.get().because


def test_a_word_that_no_generation_gave_counts_for_nothing(target: Target) -> None:
    in_force(target)
    proposal = written(target, label="kept")
    with without_guards():
        proposal.judgement.label = rules.PROVEN
        proposal.judgement.save()
    assert look(proposal, NOW) == ""


def test_nothing_passes_before_its_standing_approval_is_sealed(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.follow._sealers", [])
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    assert look(proposal, DUE) == ""
    assert "not sealed yet" in Announcement.objects.get().waits
    sequencer.seal(DUE)
    assert look(proposal, DUE) == "approved"


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_finishes(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(target)
    proposal = written(target)
    look(proposal, NOW)
    entries = Entry.objects.count()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Passage.objects, "create", killed)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            look(proposal, DUE)
    assert (fresh(proposal).status, Entry.objects.count()) == (Status.PENDING, entries)
    assert look(proposal, DUE) == "approved"
    assert Entry.objects.filter(event="proposal.approved").count() == 1


def test_looking_again_changes_nothing(target: Target) -> None:
    in_force(target)
    proposal = let_through(written(target))
    count = Entry.objects.count()
    for minutes in (0, 31, 600):
        assert look(proposal, DUE + timedelta(minutes=minutes)) == ""
    assert Entry.objects.count() == count
    assert fresh(proposal).status == Status.APPROVED


def test_what_came_back_is_approved_by_people_alone(target: Target) -> None:
    in_force(target)
    proposal = let_through(written(target))
    ask_again(proposal, reason="Nothing was done.", actor=Actor.system("delivery"), at=LATER)
    proposal = fresh(proposal)
    assert (proposal.status, look(proposal, LATER)) == ("PENDING", "")
    assert not approved.is_approved(proposal), "what ended gives no ground"
    reviewer = make_user("reviewer", name="rita")
    document = proposal.document_digest
    decision.approve(proposal, reviewer=reviewer, document_digest=document, at=LATER)
    proposal = fresh(proposal)
    assert (proposal.status, passing.of(proposal)) == ("APPROVED", None)
    assert passing.risk_of(proposal) == proposal.risk
