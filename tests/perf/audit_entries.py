"""What would a log of some years look like? Entries made up at speed, written past the models."""

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from audit import log
from audit.events import Event
from audit.texts import commitments

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=25)  # a million entries in ten months
TARGETS = [f"service-{number}" for number in range(12)]
PEOPLE = [f"person-{number}" for number in range(120)]
AGENTS = ["EvalAgent", "BuildAgent", "MaintenanceAgent", "ReviewAgent"]
# fmt: off
WORDS = [
    "index", "timeout", "retry", "calendar", "cache", "schema", "latency", "budget", "window",
    "queue", "token", "deploy", "merge", "canary", "regression", "baseline", "evidence", "gateway",
    "search", "mailer", "parser", "limit", "threshold", "backlog",
]
# fmt: on
RARE = "zanzibar"  # in the reason of a few old entries
NEVER = "person-7"  # who signs in and does nothing else
Rows = tuple[list[Any], list[Any], list[Any]]

_SYSTEM = [Event.PATTERN_FOUND, Event.DELIVERY_INTENDED, Event.DELIVERY_STAGE_PASSED]
_HUMAN = [Event.PROPOSAL_APPROVED, Event.PROPOSAL_REJECTED, Event.PATTERN_MUTED]
_SELDOM = [Event.TARGET_CHANGED, Event.TOKEN_REVOKED, Event.DELIVERY_ALARMED]


def batches(count: int, size: int = 10_000) -> Iterator[Rows]:
    """Make entries with their leaves and words, in batches of rows."""
    chance = random.Random(7)  # noqa: S311 - the same log every time
    made = (_entry(number, chance) for number in range(1, count + 1))
    while batch := list(islice(made, size)):
        yield (
            [entry for entry, _, _ in batch],
            [leaf for _, leaf, _ in batch],
            [text for _, _, texts in batch for text in texts],
        )


def _entry(number: int, chance: random.Random) -> tuple[Any, Any, list[Any]]:
    event, kind, who, subject, target = _act(number, chance)
    uid = uuid.UUID(int=chance.getrandbits(128), version=4)
    kept = commitments.salted(_texts(number, event, chance))
    body = json.dumps(
        {
            "v": 1,
            "uid": str(uid),
            "at": log.moment(BEGIN + number * STEP),
            "event": str(event),
            "actor": {"type": kind, "id": who},
            "subject": subject,
            "target": target,
            "payloads": {name: one.stated for name, one in kept.items()},
            "facts": {"version": number % 9, "commit": uid.hex, "stage": "merge"},
            "cites": [],
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    leaf_hash = log.leaf_hash(body)
    texts = [(number, name, one.salt, one.text) for name, one in kept.items()]
    return (number, uid, body, leaf_hash), (number - 1, number, leaf_hash), texts


def _act(number: int, chance: random.Random) -> tuple[Event, str, str, str, str]:
    """Choose who did what to which thing: a few dozen ways, some of them common."""
    if number % 5 == 0:  # signing in, by everybody, on no target
        name = NEVER if chance.random() < 0.2 else chance.choice(PEOPLE)
        return Event.USER_SIGNED_IN, "person", name, f"user:{name}", ""
    target = TARGETS[min(int(chance.expovariate(0.5)), len(TARGETS) - 2)]
    if number % 97 == 0:
        return Event.LOG_VERIFIED, "system", "audit", "log", ""
    if number % 10_007 == 0:  # a target that is hardly ever touched
        return chance.choice(_SELDOM), "person", PEOPLE[3], f"target:{TARGETS[-1]}", TARGETS[-1]
    if number % 9 == 0:
        name = chance.choice([name for name in PEOPLE if name != NEVER])
        subject = f"proposal:{uuid.UUID(int=number // 400)}"
        return chance.choice(_HUMAN), "person", name, subject, target
    if number % 3 == 0:
        return Event.MODEL_ASKED, "agent", chance.choice(AGENTS), f"run:{number // 50}", target
    return chance.choice(_SYSTEM), "system", "delivery", f"delivery:{number // 30}", target


def _texts(number: int, event: Event, chance: random.Random) -> dict[str, str]:
    if event in (Event.USER_SIGNED_IN, Event.LOG_VERIFIED):
        return {}
    title = " ".join(chance.choices(WORDS, k=4))
    if number % 2:
        return {"title": title}
    words = ["the", "change", *chance.choices(WORDS, k=9)]
    if number < 100_000 and number % 9_998 == 0:
        words.append(RARE)
    if number < 500_000:
        words.append("oldfashioned")  # common, and not in what is new
    return {"title": title, "reason": " ".join(words).capitalize() + "."}
