"""Are signatures checked beside judged as all others are, and is a lost judge told?"""

import os
import signal
from base64 import b64encode

import pytest

from audit import sequencer
from audit.checks import beside
from audit.checks.beside import Beside, Unfinished
from audit.models import Entry
from audit.notes import Signer
from audit.verify import verify
from tests.audit.entries import NOW, id_at, places, spoil, write

ADA, BOB = Signer.make("writer/a"), Signer.make("writer/b")
GOOD = b64encode(ADA.sign(b"x" * 32)).decode()
HASH = (b"x" * 32).hex()


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes be worth it for a handful of entries."""
    monkeypatch.setattr(beside, "WORTH_IT", 1)
    monkeypatch.setattr(beside, "BLOCK", 3)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)


def test_the_wrong_ones_are_named_and_no_others() -> None:
    with Beside(2) as crowd:
        for number in range(2_000):
            key = BOB.key if number in (7, 1_999) else ADA.key
            assert crowd.take(f"leaf {number}", key, HASH, GOOD)
        assert sorted(crowd.wrong()) == ["leaf 1999", "leaf 7"]


@pytest.mark.parametrize(
    "signature",
    ["", "A" * 88, GOOD + "\n", GOOD[:-4], "é" * 86 + "=="],
    ids=["none", "not padded", "with a line's end", "too short", "not ASCII"],
)
def test_what_is_no_signature_is_not_taken(signature: str) -> None:
    with Beside(1) as crowd:
        assert not crowd.take("leaf 0", ADA.key, HASH, signature)
        assert list(crowd.wrong()) == []


def test_many_wrong_ones_stop_nobody() -> None:
    with Beside(1) as crowd:
        for number in range(20_000):
            crowd.take(f"leaf {number} {'x' * 20}", BOB.key, HASH, GOOD)
        assert len(list(crowd.wrong())) == 20_000


def test_a_process_that_is_killed_leaves_nothing_verified() -> None:
    with Beside(2) as crowd:
        crowd.take("leaf 0", ADA.key, HASH, GOOD)
        process, _ = crowd.workers[1]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with pytest.raises(Unfinished, match="ended with -9"):
            list(crowd.wrong())


def test_no_process_is_left_behind() -> None:
    with pytest.raises(ZeroDivisionError), Beside(2) as crowd:
        raise ZeroDivisionError
    assert all(process.returncode is not None for process, _ in crowd.workers)


def test_few_entries_are_worth_no_process() -> None:
    with beside.beside(beside.WORTH_IT - 1) as crowd:
        assert crowd is None


@pytest.mark.django_db(transaction=True)
def test_verifying_finds_the_same_with_and_without(
    always: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(12)
    sequencer.seal(NOW)
    assert verify().problems == ()
    other = Entry.objects.get(pk=id_at(3)).signature
    verdict = spoil(("UPDATE audit_entry SET signature=%s WHERE id=%s", [other, id_at(5)]))
    assert places(verdict) == ["leaf 5"]
    assert verdict.problems[0].what == "it is not signed by its writer"
