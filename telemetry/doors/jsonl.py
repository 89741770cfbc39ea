"""Which events does a body of JSON lines, or one JSON array, hold?"""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from telemetry.doors.receipts import Item, Receipt
from telemetry.doors.refusals import Refusal
from telemetry.events.schemas import AnyEvent, BadLine, from_line, from_lines

BOM = b"\xef\xbb\xbf"
KINDS = ("application/x-ndjson", "application/jsonl", "application/json")
_array = msgspec.json.Decoder(list[msgspec.Raw])
PLACE = "events"  # with a place, an id is the writer's own name and never taken for one of ours


def events_in(body: bytes, receipt: Receipt, *, most: int) -> list[Item]:
    """Return the events in order; what is none is noted by its number, from 0."""
    lines = pieces(body, most)
    if isinstance(lines, bytes):
        try:
            found = from_lines(lines)
        except BadLine:  # which one it is tells only a look at each
            found = None
        if found is not None:
            return [_item(index, event) for index, event in enumerate(found)]
        lines = list(_filled(lines))
    return list(_one_by_one(lines, receipt))


def pieces(body: bytes, most: int) -> bytes | Sequence[bytes]:
    """Return the members of an array, or the lines as they are; refuse none and too many."""
    body = body.removeprefix(BOM).strip()
    if not body:
        raise Refusal(400, "The body is empty; send JSON lines or one JSON array.")
    if body[:1] == b"[":
        try:
            members = [bytes(raw) for raw in _array.decode(body)]
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise Refusal(400, "The JSON array is broken; nothing of it was kept.") from None
        _count(len(members), most)
        return members
    if body.count(b"\n") >= most:
        _count(sum(1 for _ in _filled(body)), most)
    return body


def lines_of(body: bytes, most: int) -> list[bytes]:
    """Return the members of an array, or the lines that are not blank."""
    found = pieces(body, most)
    return list(_filled(found)) if isinstance(found, bytes) else list(found)


def _count(found: int, most: int) -> None:
    if found > most:
        words = f"{found} items in one request; at most {most}. Send smaller batches."
        raise Refusal(413, words)
    if not found:
        raise Refusal(400, "The array is empty.")


def _filled(lines: bytes) -> Iterator[bytes]:
    return (line for line in lines.split(b"\n") if line and not line.isspace())


def _one_by_one(
    lines: Sequence[bytes], receipt: Receipt, read: Callable[[bytes], AnyEvent] = from_line
) -> Iterator[Item]:
    for index, line in enumerate(lines):
        try:
            yield _item(index, read(line))
        except BadLine as error:
            receipt.reject(index, str(error))


def _item(index: int, event: AnyEvent) -> Item:
    return Item(index, event, PLACE if event.id else "")
