"""Are all places asked at once, and is one that does not answer named instead of waited for?"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from threading import Barrier, Event

import pytest
from django.core.management import call_command
from django.db import connection

from audit import sequencer
from audit.anchors import asking, places, standing
from audit.anchors.places import Claim, Held, Published
from audit.models import Anchor, Checkpoint
from tests.audit.entries import NOW, clear_up, write

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Place:
    """Answer as a test wants it."""

    name: str
    answer: Callable[[], Held]
    kind: str = "file"
    asked: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Name it for a person."""
        return f"place {self.name}"

    def held(self) -> Held:
        """Answer."""
        self.asked.append(self.name)
        return self.answer()

    def publish(self, newest: Claim, last: Claim | None, now: datetime) -> Published:
        """Take nothing."""
        raise places.NotReached("it takes nothing")


def offer(monkeypatch: pytest.MonkeyPatch, *offered: Place) -> None:
    monkeypatch.setattr(places, "_sources", [lambda: offered])


def test_all_are_asked_before_any_has_to_answer() -> None:
    both = Barrier(2)

    def meet() -> Held:
        both.wait(30)
        return Held(doubts=("met",))

    found = list(asking.held([Place("a", meet), Place("b", meet)]))
    assert [(place.title, held.doubts) for place, held in found] == [
        ("place a", ("met",)),
        ("place b", ("met",)),
    ]


def test_one_limit_is_shared_by_all_that_do_not_answer() -> None:
    never = Event()

    def wait() -> Held:
        never.wait(60)
        return Held()

    began = time.monotonic()
    silent = [Place(str(number), wait) for number in range(5)]
    found = list(asking.held([*silent, Place("quick", Held)], seconds=0.5))
    never.set()
    assert time.monotonic() - began < 5 * 0.5 + 2  # asked in turn, they would wait for each
    assert [len(held.doubts) for _, held in found] == [1, 1, 1, 1, 1, 0]
    assert found[0][1].doubts == ("not compared: it did not answer within 0.5 seconds",)


def test_a_mistake_in_a_place_is_not_swallowed() -> None:
    def fail() -> Held:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(asking.held([Place("a", fail)]))


def test_the_command_names_who_did_not_answer_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(2)
    sequencer.seal(NOW)
    never = Event()

    def wait() -> Held:
        never.wait(60)
        return Held()

    offer(monkeypatch, Place("far", wait))
    monkeypatch.setattr(asking.held, "__kwdefaults__", {"seconds": 0.2})
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify-log", stdout=out)
    never.set()
    assert ended.value.code == 2
    assert "place far: not compared: it did not answer within 0.2 seconds" in out.getvalue()
    clear_up()


@pytest.mark.django_db
def test_the_last_publication_of_a_place_is_found_without_reading_the_others() -> None:
    write(1)
    sequencer.seal(NOW)
    newest = Checkpoint.objects.get()
    Anchor.objects.bulk_create(
        Anchor(
            size=size, root=newest.root, kind="file", place=place, reference="", note="", at=NOW
        )
        for place, sizes in (("a", range(9)), ("b", range(6_000)))
        for size in sizes
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE audit_anchor")
        explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        last = Anchor.objects.filter(kind="file", place="a").order_by("-id")[:1]
        sql, values = last.query.sql_with_params()
        cursor.execute(explain + sql, values)
        plan = str(cursor.fetchall())
    assert "anchor_last_of_place" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_each_place_is_told_by_its_own_last_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    write(1)
    sequencer.seal(NOW)
    root = Checkpoint.objects.get().root
    for place, size in (("a", 1), ("b", 3), ("a", 2)):
        Anchor.objects.create(
            size=size, root=root, kind="file", place=place, reference="", note="", at=NOW
        )
    offer(monkeypatch, Place("a", Held), Place("b", Held), Place("new", Held))
    assert [one.size for one in standing.standings(NOW)] == [2, 3, 0]
    clear_up()
