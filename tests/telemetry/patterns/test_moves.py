"""Do people's moves happen once, on the log, against what was read, and can each be undone?"""

from datetime import timedelta

import pytest

from audit.log import Actor
from audit.models import Entry
from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import DiagnosisRule, Pattern, PatternAlias, PatternMove
from telemetry.patterns import diagnosing, doing, judging, merging, moves
from telemetry.patterns.doing import Stale
from telemetry.patterns.merging import CannotJoin
from telemetry.patterns.moves import Refused
from telemetry.patterns.states import Ends
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")
HOUR = timedelta(hours=1)


@pytest.fixture
def target() -> Target:
    return add_target()


def fail(target: Target, count: int, message: str, **fields: str) -> Pattern:
    """Store failures of one kind and return their pattern."""
    start = PatternAlias.objects.count() * 1_000
    events = [
        call(start + n, at=NOW - timedelta(minutes=n), success=False, message=message, **fields)
        for n in range(1, count + 1)
    ]
    ingest.store(target, events, NOW)
    mining.mine(target, NOW)
    return Pattern.objects.filter(merged_into=None).latest("pk")


def again(pattern: Pattern) -> Pattern:
    return Pattern.objects.get(pk=pattern.pk)


def last_move() -> int:
    return PatternMove.objects.latest("pk").pk


def whole(pattern: Pattern) -> dict[str, object]:
    """Return all that a pattern holds but its version, which only grows."""
    values = Pattern.objects.filter(pk=pattern.pk).values().get()
    return {name: value for name, value in values.items() if name != "version"}


def test_a_mute_needs_an_end_and_a_reason_and_names_both(target: Target) -> None:
    pattern = fail(target, 3, "no answer")
    with pytest.raises(Refused, match="when the mute ends"):
        moves.mute(pattern, ends=Ends(), reason="noise", actor=ADA, at=NOW)
    with pytest.raises(Refused, match="why"):
        moves.mute(pattern, ends=Ends(on_burst=True), reason="  ", actor=ADA, at=NOW)
    with pytest.raises(Refused, match="future"):
        moves.mute(pattern, ends=Ends(at=NOW), reason="noise", actor=ADA, at=NOW)
    with pytest.raises(Refused, match="at least one"):
        moves.mute(pattern, ends=Ends(count=3), reason="noise", actor=ADA, at=NOW)
    assert not PatternMove.objects.exists()
    muted = moves.mute(pattern, ends=Ends(at=NOW + HOUR), reason="noise", actor=ADA, at=NOW)
    assert (muted.state, muted.decision, muted.note) == ("muted", "muted", "noise")
    entry = Entry.objects.get(event="pattern.muted")
    assert (entry.reason, entry.who) == ("noise", "ada")


def test_a_secret_in_a_reason_is_kept_nowhere(target: Target) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLE"
    moves.mark_known(fail(target, 3, "no answer"), note=f"key {secret}", actor=ADA, at=NOW)
    assert secret not in str(Pattern.objects.values()) + str(PatternMove.objects.values())
    assert secret not in str(Entry.objects.values_list("body"))


@pytest.mark.parametrize("move", ["mute", "known", "assign", "diagnose", "reopen"])
def test_every_move_is_undone_to_what_was_before(target: Target, move: str) -> None:
    pattern = fail(target, 3, "no answer")
    if move == "reopen":
        pattern = moves.mark_known(pattern, note="seen", actor=ADA, at=NOW)
    before = whole(pattern)
    if move == "mute":
        moves.mute(pattern, ends=Ends(count=9), reason="noise", actor=ADA, at=NOW)
    elif move == "known":
        moves.mark_known(pattern, note="by design", actor=ADA, at=NOW)
    elif move == "assign":
        moves.assign(pattern, to=make_user("admin"), actor=ADA, at=NOW)
    elif move == "diagnose":
        moves.diagnose(pattern, diagnosis="resource", actor=ADA, at=NOW)
    else:
        moves.reopen(pattern, actor=ADA, at=NOW)
    assert whole(pattern) != before
    doing.undo(last_move(), actor=ADA, at=NOW)
    assert whole(pattern) == before
    assert Entry.objects.filter(event="pattern.undone").count() == 1
    with pytest.raises(Stale, match="already"):
        doing.undo(last_move(), actor=ADA, at=NOW)


def test_two_people_with_the_same_page_do_not_overwrite_each_other(target: Target) -> None:
    pattern = fail(target, 3, "no answer")
    moves.mark_known(pattern, note="by design", actor=ADA, at=NOW, version=0)
    with pytest.raises(Stale, match="by ada"):
        moves.assign(pattern, to=None, actor=Actor("person", "bob"), at=NOW, version=0)
    assert PatternMove.objects.count() == 1


def test_an_older_move_is_not_undone_over_a_later_one(target: Target) -> None:
    pattern = fail(target, 3, "no answer")
    moves.mark_known(pattern, note="by design", actor=ADA, at=NOW)
    first = last_move()
    moves.mute(again(pattern), ends=Ends(at=NOW + HOUR), reason="noise", actor=ADA, at=NOW)
    with pytest.raises(Stale, match="later move first"):
        doing.undo(first, actor=ADA, at=NOW)
    assert again(pattern).decision == "muted"
    assert not PatternMove.objects.exclude(undone_at=None).exists()


def test_a_mute_ends_by_time_count_or_burst_and_says_so(target: Target) -> None:
    pattern = fail(target, 3, "no answer")
    moves.mute(pattern, ends=Ends(at=NOW + HOUR), reason="noise", actor=ADA, at=NOW)
    judging.look_again(target, NOW + HOUR - timedelta(seconds=1))
    assert again(pattern).decision == "muted"
    judging.look_again(target, NOW + HOUR)
    back = again(pattern)
    assert (back.decision, back.state) == ("", "new")
    assert back.returned_why.startswith("no longer muted: its time ended")
    moves.mute(back, ends=Ends(count=5), reason="noise", actor=ADA, at=NOW)
    ingest.store(target, [call(900 + n, at=NOW, message="no answer") for n in range(2)], NOW)
    mining.mine(target, NOW)
    assert again(pattern).returned_why == "no longer muted: it has happened 5 times in all"
    assert Entry.objects.filter(event="pattern.returned").count() == 2


def test_a_muted_pattern_that_escalates_comes_back(target: Target) -> None:
    old = [
        call(day * 10 + n, at=NOW - timedelta(days=day, hours=2), message="no answer")
        for day in range(1, 9)
        for n in range(2)
    ]
    ingest.store(target, old, NOW)
    mining.mine(target, NOW)
    pattern = Pattern.objects.get()
    assert pattern.state == "ongoing"
    moves.mute(pattern, ends=Ends(on_burst=True), reason="noise", actor=ADA, at=NOW)
    ingest.store(target, [call(500 + n, at=NOW, message="no answer") for n in range(60)], NOW)
    mining.mine(target, NOW)
    back = again(pattern)
    assert (back.decision, back.state) == ("", "escalating")
    assert back.returned_why == "no longer muted: it is escalating"


def test_a_merge_keeps_ids_counts_and_history_and_is_undone_exactly(target: Target) -> None:
    one = fail(target, 3, "cannot reach the index")
    two = fail(target, 2, "the queue is stuck for good")
    three = fail(target, 4, "odd things happen here", agent="writer")
    before = [whole(pattern) for pattern in (one, two, three)]
    merging.merge(one, [two, three], actor=ADA, at=NOW, reason="one cause")
    home = again(one)
    assert (home.count, home.agents) == (9, ["planner", "writer"])
    assert {again(two).merged_into_id, again(three).merged_into_id} == {one.pk}
    assert merging.successors([one.pk, two.pk, three.pk]) == dict.fromkeys(
        [one.pk, two.pk, three.pk], one.pk
    )
    ingest.store(target, [call(7_000, at=NOW, message="the queue is stuck for good")], NOW)
    assert mining.mine(target, NOW).new_patterns == 0
    assert again(one).count == 10
    doing.undo(last_move(), actor=ADA, at=NOW)
    after = [whole(pattern) for pattern in (one, two, three)]
    assert [row["count"] for row in after] == [3, 3, 4]
    assert [row["template"] for row in after] == [row["template"] for row in before]
    assert [row["merged_into_id"] for row in after] == [None] * 3


def test_merges_of_merges_lead_to_the_last_one(target: Target) -> None:
    one = fail(target, 1, "cannot reach the index")
    two = fail(target, 1, "the queue is stuck for good")
    three = fail(target, 1, "odd things happen here")
    merging.merge(two, [three], actor=ADA, at=NOW)
    first = last_move()
    merging.merge(one, [two], actor=ADA, at=NOW)
    assert merging.successors([three.pk]) == {three.pk: one.pk}
    with pytest.raises(Stale, match="undo that first"):
        doing.undo(first, actor=ADA, at=NOW)
    doing.undo(last_move(), actor=ADA, at=NOW)
    doing.undo(first, actor=ADA, at=NOW)
    assert {again(p).merged_into_id for p in (one, two, three)} == {None}


def test_what_cannot_be_merged_says_why_and_changes_nothing(target: Target) -> None:
    one = fail(target, 1, "cannot reach the index")
    two = fail(target, 1, "the queue is stuck for good")
    other = fail(add_target("other"), 1, "odd things happen here")
    for others, words in (([], "at least two"), ([one], "itself"), ([other], "another target")):
        with pytest.raises(CannotJoin, match=words):
            merging.merge(one, others, actor=ADA, at=NOW)
    with pytest.raises(CannotJoin, match="has changed"):
        merging.merge(one, [two], actor=ADA, at=NOW, versions={two.pk: 5})
    merging.merge(one, [two], actor=ADA, at=NOW)
    with pytest.raises(CannotJoin, match=f"part of #{one.pk}"):
        merging.merge(two, [one], actor=ADA, at=NOW)
    with pytest.raises(Stale, match=f"part of #{one.pk}"):
        moves.assign(again(two), to=None, actor=ADA, at=NOW)


def test_a_fingerprint_that_was_moved_out_stays_out(target: Target) -> None:
    fail(target, 3, "no answer from the index in time")
    fail(target, 2, "no answer from the index in time (sent GET /x to 10.0.0.1)")
    pattern = Pattern.objects.get()
    alias = PatternAlias.objects.order_by("pk").last()
    assert alias is not None
    new = merging.split(alias, actor=ADA, at=NOW, reason="another cause")
    assert (again(pattern).count, again(new).count) == (3, 2)
    fail(target, 1, "no answer from the index in time [request r-17] now")
    ingest.store(
        target,
        [
            call(
                8_000, at=NOW, message="no answer from the index in time (sent GET /x to 10.0.0.2)"
            )
        ],
        NOW,
    )
    mining.mine(target, NOW)
    assert again(new).count == 3
    doing.undo(PatternMove.objects.get(move="split").pk, actor=ADA, at=NOW)
    assert again(pattern).count >= 6
    assert again(new).merged_into_id == pattern.pk


def test_a_pattern_with_one_fingerprint_cannot_be_parted(target: Target) -> None:
    alias = fail(target, 1, "no answer").aliases.get()
    with pytest.raises(CannotJoin, match="one fingerprint only"):
        merging.split(alias, actor=ADA, at=NOW, reason="")


def test_an_undone_merge_of_the_machine_is_not_repeated(target: Target) -> None:
    for code, word in enumerate(["alpha", "beta", "gamma"]):
        fail(target, code + 1, f"cannot reach host {word} just now")
    assert Pattern.objects.filter(merged_into=None).count() == 1
    merge = PatternMove.objects.get(move="merge")
    assert (merge.actor_type, merge.actor) == ("system", "telemetry")
    doing.undo(merge.pk, actor=ADA, at=NOW)
    standing = Pattern.objects.filter(merged_into=None).count()
    assert standing == 2  # the third had never been apart: it came after the two were one
    fail(target, 1, "cannot reach host delta just now")
    assert Pattern.objects.filter(merged_into=None).count() >= standing


def test_a_correction_teaches_and_its_undo_unteaches(target: Target) -> None:
    first = fail(target, 2, "worker said no to the third request", code="odd")
    twin = fail(target, 2, "worker said no to the second request", code="odd")
    stranger = fail(target, 2, "worker said no to the third request", code="odd", tool="mailer")
    assert (first.diagnosis, twin.diagnosis) == ("unknown", "unknown")
    moves.diagnose(first, diagnosis="policy_denied", actor=ADA, at=NOW)
    rule = DiagnosisRule.objects.get()
    assert (again(twin).diagnosis, again(twin).diagnosed_by) == (
        "policy_denied",
        f"learnt:{rule.pk}",
    )
    assert again(stranger).diagnosis == "unknown"
    assert diagnosing.told_by(again(twin)) == (
        f"ada said so for #{first.pk}: the same tool and error code, 4 of 6 words the same"
    )
    later = fail(target, 1, "worker said no to the last of all requests", code="odd")
    assert later.diagnosis == "unknown"
    doing.undo(last_move(), actor=ADA, at=NOW)
    assert again(first).diagnosis == again(twin).diagnosis == "unknown"
    assert not DiagnosisRule.objects.get().is_active


def test_a_diagnosis_out_of_the_vocabulary_is_refused(target: Target) -> None:
    with pytest.raises(Refused, match="there are timeout, rate_limited"):
        moves.diagnose(fail(target, 1, "x"), diagnosis="gremlins", actor=ADA, at=NOW)


def test_a_pattern_is_given_only_to_somebody_who_may_see_it(target: Target) -> None:
    with pytest.raises(Refused, match="may not see"):
        moves.assign(fail(target, 1, "x"), to=make_user("nobody"), actor=ADA, at=NOW)
