"""Is each entry of the journal read once, in whatever form its message is?"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ports.telemetry_source import Batch, Cursor, PermanentError, TemporaryError
from ports.telemetry_source import journal as module
from ports.telemetry_source.journal import Journal
from tests.ports.clients import Client, journalctl

LIMIT = 4_000_000
AT = 1_795_222_800_000_000  # 2026-11-21T01:00:00Z, in microseconds


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    return journalctl(tmp_path, monkeypatch)


class Reader:
    """Read again and again, with a cursor that goes through JSON each time."""

    def __init__(self, location: str = "unit:agent.service") -> None:
        self.location = location
        self.cursor: Cursor = {}
        self.last = Batch((), {})

    def read(self, limit: int = LIMIT) -> list[str]:
        self.last = Journal(self.location).read(self.cursor, limit)
        self.cursor = json.loads(json.dumps(self.last.cursor))
        return [record.text for record in self.last.records]


def entry(number: int, message: Any = "", unit: str = "agent.service") -> dict[str, Any]:
    return {
        "__CURSOR": f"s=abc;i={number:x};b=def",
        "__REALTIME_TIMESTAMP": str(AT + number * 1_000_000),
        "_SYSTEMD_UNIT": unit,
        "MESSAGE": message or f"message {number}",
    }


def shown(number: int, text: str = "") -> str:
    return f"2026-11-21T01:00:{number:02}.000000Z {text or f'message {number}'}"


def write(client: Client, *entries: dict[str, Any]) -> None:
    client.state["entries"] = list(entries)
    client.save()


def test_entries_are_read_once_and_on_after_the_cursor(client: Client) -> None:
    write(client, entry(1), entry(2), entry(3, unit="other.service"))
    reader = Reader()
    assert reader.read() == [shown(1), shown(2)]
    assert reader.read() == []
    write(client, entry(1), entry(2), entry(4))
    assert reader.read() == [shown(4)]
    assert client.calls[-1][-1] == "--after-cursor=s=abc;i=2;b=def"
    assert "--unit=agent.service" in client.calls[-1]


@pytest.mark.parametrize(
    ("message", "texts"),
    [
        ("plain", ["plain"]),
        (list("caf\u00e9 \x1b[0m".encode()), ["caf\u00e9 \x1b[0m"]),
        ([0xFF, 0x41, 300], ["\ufffdA"]),
        (["first", list(b"second"), None], ["first", "second"]),
        (None, []),
        ([], []),
        (5, []),
        ({"odd": 1}, []),
        ([[[["deep"]]]], []),
    ],
)
def test_a_message_may_be_text_bytes_several_or_nothing(
    client: Client, message: Any, texts: list[str]
) -> None:
    write(client, {**entry(1), "MESSAGE": message})
    reader = Reader()
    assert reader.read() == [shown(1, text) for text in texts]
    places = {(r.origin, r.offset) for r in reader.last.records}
    assert len(places) == len(texts)
    assert reader.cursor["after"] == "s=abc;i=1;b=def"


def test_a_message_with_a_time_of_its_own_keeps_it(client: Client) -> None:
    write(client, entry(1, '{"event": "x"}'), entry(2, "2026-11-20 09:00:00 hello"))
    reader = Reader()
    assert reader.read() == ['{"event": "x"}', "2026-11-20 09:00:00 hello"]
    assert [r.time for r in reader.last.records] == [
        "2026-11-21T01:00:01.000000Z",
        "2026-11-21T01:00:02.000000Z",
    ]


def test_a_cursor_whose_entry_is_gone_goes_on_from_its_time(client: Client) -> None:
    write(client, entry(1), entry(2))
    reader = Reader()
    reader.read()
    write(client, entry(5), entry(6))
    assert reader.read() == [shown(5), shown(6)]


def test_a_limit_stops_reading_and_the_rest_comes_next(client: Client) -> None:
    write(client, *(entry(n, f"{n:05} " * 200) for n in range(1, 50)))
    reader = Reader()
    seen: list[str] = []
    for _ in range(60):
        seen += reader.read(20_000)
        if not reader.last.more:
            break
    assert [text.split()[1] for text in seen] == [f"{n:05}" for n in range(1, 50)]


def test_without_journalctl_or_without_leave_the_state_says_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.state["refusal"] = "No journal files were opened due to insufficient permissions."
    client.save()
    with pytest.raises(PermanentError, match="add our user to the group systemd-journal"):
        Reader().read()
    client.state["refusal"] = "Failed to open: Input/output error"
    client.save()
    with pytest.raises(TemporaryError, match="journalctl failed: Failed to open"):
        Reader().read()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PermanentError, match="journalctl not found on this host"):
        Reader().read()


def test_seeing_only_a_part_of_the_journal_is_a_problem_that_is_told(client: Client) -> None:
    client.state["hint"] = (
        "Hint: You are currently not seeing messages from other users and the system.\n"
    )
    write(client, entry(1))
    reader = Reader()
    assert reader.read() == [shown(1)]
    assert "group systemd-journal" in reader.last.problems[0]


@pytest.mark.skipif(shutil.which("journalctl") is None, reason="no journalctl")
def test_the_real_journalctl_takes_our_words_and_has_nothing_of_such_a_unit() -> None:
    reader = Reader("unit:selfimprove-nobody.service identifier:nobody")
    assert reader.read() == []
    assert reader.last.places == 0


def test_saved_entries_are_read_like_a_log_file(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text(f"{json.dumps(entry(1))}\nnot json\n{json.dumps(entry(2))}\n")
    reader = Reader(str(path))
    assert reader.read() == [shown(1), shown(2)]
    assert (reader.last.skipped, reader.last.places) == (1, 1)
    with path.open("a") as file:
        file.write(json.dumps(entry(3, list(b"bytes"))) + "\n")
    assert reader.read() == [shown(3, "bytes")]


@pytest.mark.parametrize(
    "place", ["", "agent", "unit:", "unit:-x", "unit:a b", "kind:x", "unit:$x"]
)
def test_a_place_that_is_none_is_refused(place: str) -> None:
    assert module.check(place)


@pytest.mark.parametrize("place", ["unit:a@1.service", "identifier:agent unit:b", "user-unit:x"])
def test_units_and_identifiers_are_taken(place: str) -> None:
    assert module.check(place) == ""
