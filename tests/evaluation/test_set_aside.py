"""Does a decision about a pattern, or its merge, count where proposals are made and judged?"""

from datetime import timedelta
from pathlib import Path

import pytest

from audit.log import Actor
from audit.models import Entry
from evaluation import cases, recurrence
from evaluation.self_eval import evaluate, has_changed
from proposals import lifecycle
from proposals.lifecycle import Move
from proposals.models import Status
from selfimprove.console.attention import attention
from telemetry.models import Event, Pattern
from telemetry.patterns import judging, merging, moves
from telemetry.patterns.states import Ends
from telemetry.rollups.rebuild import rebuild
from tests.evaluation.evidence_for_tests import Limits
from tests.factories import NOW, make_pattern, make_proposal, make_target

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")
HOUR = timedelta(hours=1)


@pytest.fixture
def pattern(tmp_path: Path) -> Pattern:
    return make_pattern(make_target(tmp_path), events=6)


def test_a_muted_pattern_makes_no_proposal_and_says_why(pattern: Pattern) -> None:
    ends = Ends(at=NOW + HOUR)
    moves.mute(pattern, ends=ends, reason="it is rebuilt", actor=ADA, at=NOW)
    done = evaluate(pattern.target, NOW, trigger="test")
    (row,) = done.considerations.all()
    assert (row.outcome, row.reason) == ("set_aside", "muted by ada: it is rebuilt")
    assert (done.proposed, done.qualified) == (0, 0)
    assert not has_changed(pattern.target, NOW)
    assert has_changed(pattern.target, NOW + HOUR)  # the mute is over: it is looked at again


def test_a_rejection_of_a_merged_pattern_bars_the_one_that_took_it_over(
    pattern: Pattern,
) -> None:
    make_proposal(
        pattern.target,
        front=f"patterns: [{pattern.pk}]\nparameter: tools.web_search.timeout_ms\n",
        status=Status.REJECTED,
    )
    home = make_pattern(pattern.target, component="calendar")
    merging.merge(home, [pattern], actor=ADA, at=NOW)
    bars = cases.bars(pattern.target, NOW, Limits())
    assert "rejected" in bars[home.pk].reason
    assert [case.pattern.pk for case in cases.gather(pattern.target, NOW, Limits())] == [home.pk]


def test_a_pattern_that_fails_after_its_effective_remedy_reopens_and_says_so(
    pattern: Pattern,
) -> None:
    proposal = make_proposal(
        pattern.target,
        front=f"patterns: [{pattern.pk}]\nparameter: tools.web_search.timeout_ms\n",
        status=Status.IMPLEMENTED,
    )
    declared = proposal.updated_at
    assert recurrence.follow(NOW) == 1
    assert recurrence.follow(NOW) == 0
    pattern.refresh_from_db()
    assert (pattern.remedied_at, pattern.state) == (declared, "quiet")
    assert Entry.objects.filter(event="pattern.remedied").count() == 1
    later = declared + timedelta(days=1)
    event = Event.objects.filter(target=pattern.target).first()
    assert event is not None
    event.pk, event.uid, event.timestamp = None, "again", later
    event.save()
    rebuild(pattern.target)
    Pattern.objects.filter(pk=pattern.pk).update(last_seen=later)
    judging.look_again(pattern.target, later + HOUR)
    pattern.refresh_from_db()
    assert pattern.state == "recurred"
    entry = Entry.objects.get(event="pattern.recurred")
    assert entry.facts["remedy"] == f"proposal:{proposal.pk}"
    rows = [row for row in attention(later + HOUR, lambda _: True) if row.badge == "Recurred"]
    assert [row.url for row in rows] == [pattern.get_absolute_url()]
    judging.look_again(pattern.target, later + HOUR)
    assert Entry.objects.filter(event="pattern.recurred").count() == 1


def test_a_remedy_that_was_taken_back_is_forgotten(pattern: Pattern) -> None:
    proposal = make_proposal(
        pattern.target,
        front=f"patterns: [{pattern.pk}]\nparameter: tools.web_search.timeout_ms\n",
        status=Status.IMPLEMENTED,
    )
    recurrence.follow(NOW)
    lifecycle.advance(proposal, Move.REVERT, actor=ADA, at=NOW, reason="it got worse")
    assert recurrence.follow(NOW) == 1
    pattern.refresh_from_db()
    assert pattern.remedied_at is None
