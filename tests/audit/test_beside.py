"""Do several processes find what one finds, and is a lost one told?"""

import os
import signal
from collections.abc import Iterator

import pytest

from audit import sequencer
from audit.checks import beside, stretch
from audit.checks.beside import Judging, Process, Terms, Unfinished, judging
from audit.checks.stretch import Stretch
from audit.models import Entry
from audit.verify import Verdict, verify
from tests.audit.entries import NOW, id_at, places, spoil, write

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 3 * sequencer.RUN + 10


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes be worth it for a handful of entries, and give each something to do."""
    monkeypatch.setattr(beside, "WORTH_IT", 1)
    monkeypatch.setattr(stretch, "WIDE", sequencer.RUN)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture
def crowd(always: None) -> Iterator[Judging]:
    write(3, reason="Because of the delay.")
    sequencer.seal(NOW)
    with judging(3, Terms()) as made:
        yield made


def by_one_and_by_several(monkeypatch: pytest.MonkeyPatch) -> tuple[Verdict, Verdict]:
    alone = verify()
    monkeypatch.setattr(beside, "WORTH_IT", 1)
    return alone, verify()


def test_a_sound_log_is_found_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretch, "WIDE", sequencer.RUN)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    write(MANY, reason="Because of the delay, mon élève.")
    sequencer.seal(NOW)
    alone, together = by_one_and_by_several(monkeypatch)
    assert alone == together
    assert alone.problems == ()
    assert alone.checked == MANY


def test_what_is_wrong_is_named_in_the_same_order(always: None) -> None:
    write(MANY, reason="Because of the delay.")
    sequencer.seal(NOW)
    other = Entry.objects.get(pk=id_at(3)).signature
    changed = "UPDATE audit_payload SET text = 'Because it was fine.' WHERE entry_id = %s"
    verdict = spoil(
        ("UPDATE audit_entry SET signature=%s WHERE id=%s", [other, id_at(5)]),
        ("UPDATE audit_entry SET signature=%s WHERE id=%s", [other, id_at(600)]),
        (changed, [id_at(300)]),
    )
    assert list(dict.fromkeys(places(verdict))) == ["leaf 5", "leaf 300", "leaf 600"]
    told = [problem.what for problem in verdict.problems if problem.where == "leaf 300"]
    assert len(told) == 2  # the words were changed, and the index has what was recorded
    assert verdict.problems[0].what.startswith("it is not signed by its writer")


def test_without_signatures_a_wrong_one_is_not_seen_and_that_is_said(always: None) -> None:
    write(3)
    sequencer.seal(NOW)
    assert verify(signatures=False).signatures is False
    other = Entry.objects.get(pk=id_at(1)).signature
    assert verify().signatures is True
    assert places(spoil(("UPDATE audit_entry SET signature=%s", [other]))) == ["leaf 0", "leaf 2"]


def test_a_process_that_is_killed_leaves_nothing_verified(crowd: Judging) -> None:
    process = crowd.processes[0].process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with pytest.raises(Unfinished, match="ended with -9"):
        list(crowd.judged([Stretch(0, 3, [3])]))


def test_an_answer_of_another_kind_leaves_nothing_verified(crowd: Judging) -> None:
    class Talker(Process):
        def __init__(self) -> None:
            """Start nothing."""

        def give(self, *work: object) -> None:
            """Take it."""

        def answer(self) -> object:
            return "fine"

    with pytest.raises(Unfinished, match="said something else"):
        list(Judging(Terms(), [Talker()]).judged([Stretch(0, 3)]))


def test_no_process_is_left_behind(always: None) -> None:
    with pytest.raises(ZeroDivisionError), judging(3, Terms()) as made:
        raise ZeroDivisionError
    assert len(made.processes) == 2
    assert all(one.process.returncode is not None for one in made.processes)


def test_who_wants_no_more_ends_all_of_them(always: None) -> None:
    write(MANY)
    sequencer.seal(NOW)

    def stop(checked: int, size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(stop)


def test_few_entries_are_worth_no_process() -> None:
    with judging(beside.WORTH_IT - 1, Terms()) as made:
        assert made.processes == []
