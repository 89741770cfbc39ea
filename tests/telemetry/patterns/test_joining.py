"""Do patterns join what says the same, whatever the order, and survive a new normaliser?"""

import itertools
import random
import re
from datetime import timedelta

import pytest

from targets.models import Target
from telemetry import fingerprints, ingest, mining
from telemetry.models import Event, Pattern, PatternAlias
from telemetry.patterns import similar, states, suggesting
from telemetry.patterns.states import Ends, Standing
from telemetry.patterns.vocabulary import State
from tests.factories import NOW
from tests.telemetry.scene import add_target, call

DAY = timedelta(days=1)
TEMPLATES = [
    "cannot reach host alpha now",
    "cannot reach host beta now",
    "cannot reach host gamma now",
    "the read failed",
    "the write failed",
    "no answer within <*> ms",
    "no answer within <*> ms (sent <*>)",
    "upstream gave up on the third call",
    "upstream gave up on the third call of the day",
]
SETS = [{0, 1, 2}, {3}, {4}, {5, 6}, {7, 8}]


@pytest.mark.parametrize("seed", range(6))
def test_templates_join_the_same_way_in_every_order(seed: int) -> None:
    order = list(range(len(TEMPLATES)))
    random.Random(seed).shuffle(order)  # noqa: S311  # the same orders in every run
    found = similar.joined([TEMPLATES[place] for place in order])
    assert sorted(sorted(order[p] for p in places) for places in found) == [
        sorted(one) for one in SETS
    ]


def test_two_words_are_no_slot_but_three_are() -> None:
    assert len(similar.joined(TEMPLATES[:2])) == 2
    assert len(similar.joined(TEMPLATES[:3])) == 1
    assert len(similar.joined(["host <*> is gone", "host one is gone"])) == 1


def test_a_list_of_two_joins_where_longer_ones_stood_and_nowhere_else() -> None:
    longer = "the tools <*> are not there"
    assert len(similar.joined([longer, "the tools amber, birch are not there"])) == 1
    assert len(similar.joined([longer, "the tools amber, birch are far away"])) == 2
    pairs = [f"upstream {words} with backoff" for words in ("lost, retrying", "slow, waiting")]
    assert len(similar.joined(pairs)) == 2
    assert len(similar.joined(["upstream <*> with backoff now", *pairs])) == 3


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a b c d", "a b x y", 0.5),
        ("a b c d", "a b c d", 1.0),
        ("<*> <*>", "<*> <*>", 0.0),
        ("", "a", 0.0),
        ("a b", "a b c d", 0.5),
    ],
)
def test_likeness_counts_words_at_their_places(one: str, other: str, expected: float) -> None:
    assert similar.likeness(one, other) == similar.likeness(other, one) == expected


def test_a_folded_template_fits_all_and_is_never_all_slots() -> None:
    assert similar.folded(TEMPLATES[:3]) == "cannot reach host <*> now"
    assert similar.folded(TEMPLATES[5:7]) == TEMPLATES[5]
    assert similar.folded(["a b", "c d"]) == "a b"


@pytest.fixture
def target(db: None) -> Target:
    return add_target()


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_patterns_are_the_same_sets_in_whatever_order_and_passes_they_come(
    target: Target, order: tuple[int, ...]
) -> None:
    hosts = ["alpha", "beta", "gamma", "delta"]
    for number in order:
        message = f"cannot reach host {hosts[number]} now"
        ingest.store(target, [call(number, at=NOW, message=message)], NOW)
        mining.mine(target, NOW)
    (pattern,) = Pattern.objects.filter(merged_into=None)
    assert (pattern.count, pattern.template) == (4, "cannot reach host <*> now")
    ids = set(Pattern.objects.values_list("pk", flat=True))
    assert pattern.pk == min(ids)
    assert PatternAlias.objects.filter(pattern=pattern).count() == 4


def test_a_new_normaliser_maps_old_fingerprints_and_keeps_every_id(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["no answer within 9 ms", "the queue is stuck for good"]
    for number, message in enumerate(said):
        ingest.store(target, [call(number, at=NOW, message=message)], NOW)
    mining.mine(target, NOW)
    ids = set(Pattern.objects.values_list("pk", flat=True))
    monkeypatch.setattr(fingerprints, "VERSION", fingerprints.VERSION + 1)
    for number, message in enumerate(said):
        ingest.store(target, [call(10 + number, at=NOW, message=message)], NOW)
    assert len(set(Event.objects.values_list("fingerprint", flat=True))) == 4
    assert mining.mine(target, NOW).new_patterns == 0
    assert set(Pattern.objects.values_list("pk", flat=True)) == ids
    assert set(Pattern.objects.values_list("count", flat=True)) == {2}
    assert mining.mine(target, NOW).new_patterns == 0
    assert PatternAlias.objects.count() == 4


def test_what_the_first_normaliser_parted_comes_together_in_its_oldest_pattern(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [f"keys {', '.join(names)} are missing" for names in ("abc", "defg", "hijkl")]
    with monkeypatch.context() as then:
        then.setattr(fingerprints, "VERSION", 1)
        then.setattr(fingerprints, "_LIST", re.compile("(?!)"))
        for number, message in enumerate(said):
            ingest.store(target, [call(number, at=NOW, message=message)], NOW)
            mining.mine(target, NOW)
        assert Pattern.objects.count() == 3
    ids = set(Pattern.objects.values_list("pk", flat=True))
    ingest.store(target, [call(7, at=NOW, message="keys x, y, z are missing")], NOW)
    assert mining.mine(target, NOW).new_patterns == 0
    ingest.store(target, [call(8, at=NOW, message="keys x, y are missing")], NOW)
    assert mining.mine(target, NOW).new_patterns == 0
    assert set(Pattern.objects.values_list("pk", flat=True)) == ids
    (left,) = Pattern.objects.filter(merged_into=None)
    assert (left.pk, left.count) == (min(ids), 5)


def test_what_the_emitter_says_wins_then_where_it_was_raised() -> None:
    parts = {"event_type": "tool_call", "component": "t", "error_code": "e"}

    def of(message: str, **more: str) -> str:
        return fingerprints.fingerprint(target_id=1, message=message, **parts, **more)

    assert of("one", explicit="mine") == of("two", explicit="mine", frames="a:b")
    assert of("one", frames="a:b") == of("two", frames="a:b") != of("one", frames="a:c")
    assert of("one", explicit="a:b") != of("one", frames="a:b") != of("one")


def test_half_alike_is_suggested_and_nothing_else(target: Target) -> None:
    said = ["cannot reach the index", "cannot reach the mirror", "something else went wrong"]
    for number, message in enumerate(said):
        ingest.store(target, [call(number, at=NOW, message=message)], NOW)
    mining.mine(target, NOW)
    first = Pattern.objects.get(template=said[0])
    (one,) = suggesting.similar_to(first)
    assert (one.pattern.template, one.percent) == (said[1], 75)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, State.NEW),
        ({"first_seen": NOW - 2 * DAY}, State.ONGOING),
        ({"burst": True}, State.ESCALATING),
        ({"recurred_at": NOW, "remedied_at": NOW - DAY, "burst": True}, State.RECURRED),
        ({"decision": "muted", "recurred_at": NOW}, State.MUTED),
        ({"decision": "known", "burst": True}, State.KNOWN),
        ({"first_seen": NOW - 9 * DAY, "last_seen": NOW - 8 * DAY, "burst": True}, State.QUIET),
        ({"remedied_at": NOW}, State.QUIET),
        ({"remedied_at": NOW - DAY}, State.NEW),
    ],
)
def test_the_state_is_what_people_said_first_then_what_is_worst(
    changes: dict[str, object], expected: State
) -> None:
    usual: dict[str, object] = {"first_seen": NOW - DAY / 2, "last_seen": NOW - DAY / 24}
    standing = Standing(**{**usual, **changes})  # type: ignore[arg-type]
    assert states.state_of(standing, NOW) == expected


@pytest.mark.parametrize(
    ("ends", "ended"),
    [
        (Ends(), False),
        (Ends(at=NOW), True),
        (Ends(at=NOW + DAY), False),
        (Ends(count=5), True),
        (Ends(count=6), False),
        (Ends(on_burst=True), True),
    ],
)
def test_a_decision_ends_by_time_number_or_burst(ends: Ends, ended: bool) -> None:
    assert bool(states.has_ended(ends, count=5, burst=True, now=NOW)) is ended
