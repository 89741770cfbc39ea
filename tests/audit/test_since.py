"""Is a part of the log verified as strictly as all of it, and does it say what it left out?"""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import transaction

from audit import sequencer
from audit.models import Checkpoint, Entry, Leaf
from audit.sequencer import RUN
from audit.verify import verify
from tests.audit.entries import NOW, id_at, places, spoil, write
from tests.audit.test_verify_log import command, run

pytestmark = pytest.mark.django_db(transaction=True)
CHANGE = "UPDATE audit_entry SET body = replace(body, 'ada', 'eve') WHERE id = %s"


@pytest.fixture(autouse=True)
def log_of_three_runs() -> None:
    for count in (RUN + 10, RUN, RUN):
        with transaction.atomic():  # one commit: many would take long
            write(count)
        sequencer.seal(NOW)


def test_the_entries_from_a_size_on_are_read_and_no_others() -> None:
    verdict = verify(since=RUN * 2 + 20)
    assert verdict.ok
    # From the last full run before it: its stored hash stands for what is not read.
    assert (verdict.since, verdict.checked, verdict.size) == (2 * RUN, RUN + 10, 3 * RUN + 10)
    assert verdict.checkpoints == 2
    assert verdict.root == verify().root


@pytest.mark.parametrize("since", [0, 1, RUN - 1])
def test_from_the_first_run_on_everything_is_read(since: int) -> None:
    assert (verify(since=since).since, verify(since=since).checked) == (0, 3 * RUN + 10)


@pytest.mark.parametrize("since", [3 * RUN + 10, 3 * RUN + 11, 10**12])
def test_behind_the_end_the_last_run_is_read(since: int) -> None:
    verdict = verify(since=since)
    assert verdict.ok
    assert (verdict.since, verdict.checked) == (3 * RUN, 10)


def test_what_was_changed_before_it_is_not_seen_and_what_was_changed_behind_is() -> None:
    changed = id_at(5)
    assert places(verify()) == []
    verdict = spoil((CHANGE, [changed]))
    assert places(verdict) == ["leaf 5"]


def test_a_change_behind_the_size_is_seen() -> None:
    changed = id_at(2 * RUN + 3)
    verdict = spoil((CHANGE, [changed]), since=2 * RUN)
    assert places(verdict) == [f"leaf {2 * RUN + 3}"]


def test_a_change_before_the_size_is_not_seen() -> None:
    assert spoil((CHANGE, [id_at(5)]), since=2 * RUN).ok


def test_a_stored_hash_that_was_changed_does_not_lead_to_the_roots() -> None:
    verdict = spoil(
        ("UPDATE audit_node SET node_hash = %s WHERE number = 0", ["ab" * 32]), since=2 * RUN
    )
    assert places(verdict)[0] == f"checkpoint {2 * RUN + 10}"


@pytest.mark.parametrize("hashed", ["nonsense", None])
def test_a_stored_hash_that_is_gone_is_told(hashed: str | None) -> None:
    statement = (
        ("UPDATE audit_node SET node_hash = %s WHERE number = 0", [hashed])
        if hashed
        else ("DELETE FROM audit_node WHERE number = 0", [])
    )
    assert "nodes" in places(spoil(statement, since=2 * RUN))


def test_a_tail_cut_off_is_seen() -> None:
    last = 3 * RUN
    keep = list(Leaf.objects.filter(index__gte=last).values_list("entry_id", flat=True))
    marks = ",".join(["%s"] * len(keep))
    verdict = spoil(
        (f'DELETE FROM audit_leaf WHERE "index" >= {last}', []),  # noqa: S608
        (f"DELETE FROM audit_entry WHERE id IN ({marks})", keep),  # noqa: S608
        since=2 * RUN,
    )
    assert places(verdict)[0] == f"leaf {last}"


def test_what_waits_is_looked_at_too() -> None:
    write(2)
    assert verify(since=2 * RUN).unsealed == 2


def test_the_command_says_what_it_left_out() -> None:
    code, text = run("--since", str(2 * RUN))
    assert code == 0
    assert f"the texts of the first {2 * RUN} entries" in text
    assert "What was looked at is as it was recorded." in text
    assert json.loads(run("--since", str(2 * RUN), "--json")[1])["since"] == 2 * RUN


def test_the_command_takes_a_date_for_what_was_sealed_until_then() -> None:
    with transaction.atomic():
        write(RUN)
    sequencer.seal(NOW + timedelta(days=1))
    day = (NOW + timedelta(hours=12)).date() + timedelta(days=1)
    assert json.loads(run("--since", day.isoformat(), "--json")[1])["since"] == 3 * RUN
    moment = (NOW + timedelta(hours=1)).isoformat()
    assert json.loads(run("--since", moment, "--json")[1])["since"] == 3 * RUN
    assert json.loads(run("--since", "2020-01-01", "--json")[1])["since"] == 0


@pytest.mark.parametrize("words", [["--since", "soon"], ["--since", "1", "--entry", "x"]])
def test_what_is_no_size_and_no_date_is_a_mistake(words: list[str]) -> None:
    assert command(*words).returncode == 3


def test_one_entry_is_shown_with_its_place_under_the_newest_checkpoint() -> None:
    entry = Entry.objects.get(id=id_at(300))
    code, text = run("--entry", str(entry.uid))
    assert code == 0
    assert f"leaf 300 of the {3 * RUN + 10}" in text
    assert "proposal:" in text
    told = json.loads(run("--entry", str(entry.uid), "--json")[1])
    assert (told["ok"], told["index"], told["body"]) == (True, 300, entry.body)
    assert told["root"] == Checkpoint.objects.order_by("-size")[0].root


def test_one_entry_that_waits_is_incomplete_and_one_that_is_not_there_no_answer() -> None:
    [entry] = write(1)
    assert run("--entry", str(entry.uid))[0] == 2
    assert command("--entry", str(uuid.UUID(int=1))).returncode == 3
    assert command("--entry", "nonsense").returncode == 3
