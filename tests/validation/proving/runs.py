"""Small runs of tests, as a ledger would tell them."""

import json
from collections.abc import Mapping

from ports.sandbox import Ending, Level, Ran
from targets.testing import ledger
from targets.testing.ledger import Told

NONCE = "f" * 32


def lines(outcomes: Mapping[str, str], *, code: int | None = None) -> list[str]:
    """Return the lines of a whole ledger."""
    bad = any(outcome in ("failed", "error") for outcome in outcomes.values())
    records: list[dict[str, object]] = [{"kind": "start", "python": "3.11.7"}]
    for name, outcome in outcomes.items():
        words = f"words of {name}" if outcome in ("failed", "error") else ""
        records.append(
            {"kind": "case", "id": name, "outcome": outcome, "words": words, "seconds": 0.5}
        )
    records.append({"kind": "end", "code": int(bad) if code is None else code})
    return [f"{NONCE} {number} {json.dumps(record)}\n" for number, record in enumerate(records)]


def ran(text: str, *, code: int | None = 0, ended: Ending = Ending.DONE) -> Ran:
    """Return what a sandbox says of a run that wrote this."""
    return Ran(
        ended=ended,
        level=Level.L3,
        code=code,
        output="/box/app.py is wrong, says /tmp/home/it\n",
        results=text.encode(),
        tree="/box",
        home="/tmp/home",  # noqa: S108 - within the sandbox
    )


def told(**outcomes: str) -> Told:
    """Return a whole run in which tests of these names did this."""
    bad = any(outcome in ("failed", "error") for outcome in outcomes.values())
    return ledger.read(ran("".join(lines(outcomes)), code=int(bad)), NONCE)


def broken_off(**outcomes: str) -> Told:
    """Return a run that has no end."""
    return ledger.read(ran("".join(lines(outcomes)[:-1])), NONCE)
