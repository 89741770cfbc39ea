"""How do many things become one message, however many there are?"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from notifications.models import Message, Occurrence
from notifications.rules import GRADES
from notifications.subjects import proposal_of
from notifications.wording import Item, address, items
from ports.notifier import Letter

SHOWN = 25  # things of one message that are told one by one
AGAIN = "This message may have come before: nobody knows whether it did."


def letter(message: Message, found: Sequence[Occurrence]) -> Letter:
    """Write what a message says now, the gravest first."""
    ordered = sorted(found, key=lambda one: (-GRADES.index(one.severity), one.at, one.pk))
    told, total = items(ordered[:SHOWN]), len(ordered)
    fields = {
        "severity": ordered[0].severity,
        "batch": message.batch,
        "count": total,
        "shown": len(told),
        "maybe_repeated": message.maybe_twice,
        "url": address("/"),
        "notifications": [_plain(item) for item in told],
    }
    return Letter(str(message.uid), _title(ordered), _text(told, total, message), fields)


def trial(uid: str, who: str) -> Letter:
    """Write what says only that a channel works."""
    text = f"{who} tried whether this channel works. It does, and nothing has happened.\n"
    fields = {"severity": "low", "batch": "test", "count": 0, "shown": 0, "notifications": []}
    return Letter(uid, "selfimprove: a test", text, fields)


def _title(found: Sequence[Occurrence]) -> str:
    if len(found) == 1:
        return f"selfimprove [{found[0].severity}] {items(found)[0].headline}"
    grades = Counter(one.severity for one in found)
    told = ", ".join(f"{grades[name]} {name}" for name in reversed(GRADES) if grades[name])
    return f"selfimprove: {len(found)} notifications ({told})"


def _text(told: Sequence[Item], total: int, message: Message) -> str:
    parts = [AGAIN] if message.maybe_twice else []
    parts += [_block(item) for item in told]
    if total > len(told):
        parts.append(f"And {total - len(told)} more: {address('/')}")
    return "\n\n".join(parts) + "\n"


def _block(item: Item) -> str:
    about = f"{item.title} ({item.target})" if item.title and item.target else item.title
    about = about or item.target
    lines = [f"[{item.severity}] {item.headline}{f': {about}' if about else ''}"]
    lines += [f"  {words}" for words in (item.said, item.why) if words]
    if item.commands:
        lines.append(f"  id:      {proposal_of(item.subject)}")
    lines += [f"  {f'{name}:':<8} {words}" for name, words in item.commands.items()]
    lines.append(f"  {item.url}")
    return "\n".join(lines)


def _plain(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "severity": item.severity,
        "subject": item.subject,
        "title": item.title,
        "target": item.target,
        "said": item.said,
        "why": item.why,
        "at": item.at.isoformat(),
        "url": item.url,
        "commands": dict(item.commands),
    }
