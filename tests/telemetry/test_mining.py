"""Do failures gather in patterns that are counted exactly once and told in the log?"""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import Entry
from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Event, EventType, Pattern, PatternAlias, Severity
from tests.factories import NOW
from tests.telemetry.scene import add_target, call, one_of_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def store(target: Target, numbers: range, **fields: str) -> None:
    failed = [call(n, at=NOW - timedelta(seconds=n), success=False, **fields) for n in numbers]
    ingest.store(target, failed, NOW)


def test_failures_that_look_alike_make_one_pattern(target: Target) -> None:
    store(target, range(1, 6))
    assert mining.mine(target, NOW) == mining.Mined(new_patterns=1, updated=0, events=5)
    pattern = Pattern.objects.get()
    assert (pattern.component, pattern.error_code, pattern.count) == ("web_search", "timeout", 5)
    assert pattern.template == "no answer within <*> ms"
    assert pattern.first_seen == NOW - timedelta(seconds=5)
    assert pattern.last_seen == NOW - timedelta(seconds=1)
    assert (pattern.session_count, pattern.agents) == (5, ["planner"])
    assert pattern.explanation == "“web_search” is given up before its answer arrives."
    assert (pattern.diagnosis, pattern.diagnosed_by) == ("timeout", "rule:timeout")
    assert pattern.severity == Severity.MEDIUM


def test_a_later_pass_counts_only_what_came_since(target: Target) -> None:
    store(target, range(1, 4))
    mining.mine(target, NOW)
    assert mining.mine(target, NOW) == mining.Mined()
    store(target, range(4, 6), agent="writer")
    assert mining.mine(target, NOW) == mining.Mined(new_patterns=0, updated=1, events=2)
    pattern = Pattern.objects.get()
    assert (pattern.count, pattern.agents) == (5, ["planner", "writer"])


def test_a_pass_that_was_killed_and_repeated_doubles_nothing(target: Target) -> None:
    store(target, range(1, 4))

    def killed() -> None:
        with transaction.atomic():
            mining.mine(target, NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert Pattern.objects.count() == Entry.objects.count() == 0
    mining.mine(target, NOW)
    assert Pattern.objects.get().count == 3


def test_a_quiet_kind_is_not_counted_again_when_a_loud_one_goes_on(target: Target) -> None:
    store(target, range(1, 4), message="quiet kind of failure")
    mining.mine(target, NOW)
    store(target, range(10, 14), message="loud kind of failure")
    mining.mine(target, NOW)
    store(target, range(20, 22), message="loud kind of failure")
    mining.mine(target, NOW)
    counts = dict(Pattern.objects.values_list("template", "count"))
    assert counts == {"quiet kind of failure": 3, "loud kind of failure": 6}


def test_successes_and_feedback_make_no_pattern(target: Target) -> None:
    ingest.store(target, [call(1, success=True)], NOW)
    assert mining.mine(target, NOW) == mining.Mined()


def test_task_failures_and_escalations_make_patterns(target: Target) -> None:
    ingest.store(target, one_of_each(), NOW)
    mining.mine(target, NOW)
    found = set(Pattern.objects.values_list("event_type", "component", "error_code"))
    assert found == {
        (EventType.TOOL_CALL, "web_search", "timeout"),
        (EventType.TASK_FAILURE, "nightly_digest", "connection"),
        (EventType.ESCALATION, "", "timeout"),
    }


def test_joined_patterns_stay_joined(target: Target) -> None:
    store(target, range(1, 3), message="cannot reach host alpha")
    store(target, range(3, 5), message="cannot reach host beta")
    mining.mine(target, NOW)
    kept, other = Pattern.objects.order_by("pk")
    PatternAlias.objects.filter(pattern=other).update(pattern=kept)
    other.delete()
    store(target, range(5, 8), message="cannot reach host beta")
    assert mining.mine(target, NOW).new_patterns == 0
    assert Pattern.objects.get().count == 5


def test_a_remark_in_brackets_does_not_part_a_pattern(target: Target) -> None:
    store(target, range(1, 3), message="no answer within 9 ms (sent POST /x to 10.0.0.1)")
    store(target, range(3, 6), message="no answer within 7 ms")
    store(target, range(6, 8), message="no route within 7 ms (sent nothing)")
    assert mining.mine(target, NOW) == mining.Mined(new_patterns=2, updated=0, events=7)
    counts = dict(Pattern.objects.values_list("template", "count"))
    assert counts == {"no answer within <*> ms": 5, "no route within <*> ms": 2}
    store(target, range(8, 9), message="no answer within 7 ms (sent GET /y)")
    assert mining.mine(target, NOW).new_patterns == 0


def test_two_targets_have_patterns_of_their_own(target: Target) -> None:
    neighbour = add_target("neighbour")
    store(target, range(1, 3))
    store(neighbour, range(1, 3))
    mining.mine(target, NOW)
    assert Pattern.objects.filter(target=neighbour).count() == 0
    mining.mine(neighbour, NOW)
    assert Pattern.objects.filter(target=neighbour).count() == 1


def test_a_new_pattern_is_told_once_and_without_floats(target: Target) -> None:
    store(target, range(1, 4))
    mining.mine(target, NOW)
    store(target, range(4, 6))
    mining.mine(target, NOW)
    entry = Entry.objects.get(event="pattern.found")
    assert entry.subject == f"pattern:{Pattern.objects.get().pk}"
    assert entry.target == "gateway"
    assert '"count":3' in entry.body


def test_the_order_of_arrival_does_not_matter(target: Target) -> None:
    numbers = [3, 1, 2]
    for number in numbers:
        store(target, range(number, number + 1))
        mining.mine(target, NOW)
    pattern = Pattern.objects.get()
    assert (pattern.first_seen, pattern.last_seen) == (
        NOW - timedelta(seconds=3),
        NOW - timedelta(seconds=1),
    )
    assert Event.objects.values("fingerprint").distinct().count() == 1
