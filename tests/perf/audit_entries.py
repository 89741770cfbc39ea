"""What would a log of some years look like? Entries made up at speed, signed as ours are."""

import base64
import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from audit import log
from audit.events import Event
from audit.notes import Signer
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
SESSION = 5_000  # entries that a writer's session counts

_SYSTEM = [Event.PATTERN_FOUND, Event.DELIVERY_INTENDED, Event.DELIVERY_STAGE_PASSED]
# None that changes a tied state: such an entry would need its object beside it.
_HUMAN = [Event.PROPOSAL_REVIEWED, Event.PROPOSAL_CHECKED, Event.PATTERN_MUTED]
_SELDOM = [Event.TARGET_CHANGED, Event.TOKEN_REVOKED, Event.DELIVERY_ALARMED]


class Made(NamedTuple):
    """One entry with the words beside it and what it rests on."""

    row: int
    uid: uuid.UUID
    body: str
    leaf_hash: str
    signature: str
    texts: dict[str, commitments.Kept]
    cites: list[uuid.UUID]


def batches(count: int, writer: Signer, size: int = 10_000) -> Iterator[list[Made]]:
    """Make entries, a batch at a time."""
    entries = _Entries(writer)
    made = (entries.next(number) for number in range(1, count + 1))
    while batch := list(islice(made, size)):
        yield batch


class _Entries:
    """Remember of the entries before what the next one names."""

    def __init__(self, writer: Signer) -> None:
        self.chance = random.Random(7)  # noqa: S311 - the same log every time
        self.writer = writer
        self.before = ""
        self.intended: uuid.UUID | None = None

    def next(self, number: int) -> Made:
        event, kind, who, subject, target = _act(number, self.chance)
        uid = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        kept = commitments.salted(_texts(number, event, self.chance))
        cites = self._cited(event, uid)
        session, counted = divmod(number - 1, SESSION)
        members = {
            "v": 1,
            "uid": str(uid),
            "at": log.moment(BEGIN + number * STEP),
            "event": str(event),
            "actor": {"type": kind, "id": who},
            "subject": subject,
            "target": target,
            "payloads": {name: one.stated for name, one in kept.items()},
            "facts": {"version": number % 9, "commit": uid.hex, "stage": "merge"},
            "cites": [str(cited) for cited in cites],
            "writer": f"{self.writer.name}#{session:016x}",
            "wseq": counted + 1,
            "wprev": self.before if counted else "",
        }
        body = json.dumps(members, sort_keys=True, separators=(",", ":"))
        self.before = log.leaf_hash(body)
        signature = base64.b64encode(self.writer.sign(bytes.fromhex(self.before))).decode()
        return Made(number, uid, body, self.before, signature, kept, cites)

    def _cited(self, event: Event, uid: uuid.UUID) -> list[uuid.UUID]:
        """Let what passed rest on what was intended before."""
        if event == Event.DELIVERY_INTENDED:
            self.intended = uid
        if event == Event.DELIVERY_STAGE_PASSED and self.intended:
            return [self.intended]
        return []


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
