"""When is an answer found again instead of asked for again, and when must it never be?

An answer may be found again when the same question would be answered alike: the trees before and
after, the diff, the gate and its version, the rules, the target and the tools are all in its name.

- Gates that only **read** the change are functions of these: their answers serve every purpose.
- Gates that **run** the target's code are functions of more: of the clock, the load, the system's
  files, of chance. Their answers serve the purpose that they were given for, and no other: what a
  reviewer has been shown says nothing about the moment of a merge, so a delivery runs the tests
  itself, once for each tree that it means to merge; and they serve for a day.
- All other gates (who proposes, how often, what is recorded) depend on what has no name here.
- "Could not run" and "not run" are no answers, and of a gate that runs code neither is one that
  does not say of itself that chance, load and time had no say in it (`steady`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from ports.git import GitFailed
from ports.sandbox import Level
from targets.changes import Change
from targets.models import Target
from targets.repository import Repository
from validation.gates import READING, REPEATABLE, STARTING
from validation.keeping import tools
from validation.models import Answer, Outcome
from validation.verdicts import Gate, GateVerdict, Mark

FORM = 1  # of what is kept; part of its name
READ_DAYS, RUN_DAYS = 30, 1
MOST_ROWS = 20_000
LARGEST = 64 * 1024  # characters of one answer
ANSWERS = (Outcome.PASSED, Outcome.ACKNOWLEDGE, Outcome.REFUSED)


class Kept:
    """Finds and keeps the answers about one change, for one purpose."""

    def __init__(
        self,
        change: Change,
        repository: Repository,
        *,
        target: Target,
        purpose: str,
        rules: str,
        at: datetime,
        anew: bool = False,
    ) -> None:
        self._change, self._repository = change, repository
        self._target, self._purpose, self._rules = target, purpose, rules
        self._at, self._anew = at, anew

    def find(self, gate: Gate) -> GateVerdict | None:
        """Return what the gate said of exactly this, if that is kept."""
        key = "" if self._anew else self._key(gate)
        row = Answer.objects.filter(key=key, until__gt=self._at).first() if key else None
        if row is None:
            return None
        return replace(_read(gate, row.answer), found_at=row.kept_at)

    def keep(self, gate: Gate, answer: GateVerdict) -> None:
        """Keep an answer that would be the same again."""
        by_chance = gate in STARTING and answer.steady is not True
        if answer.outcome not in ANSWERS or by_chance or not (key := self._key(gate)):
            return
        written = _written(answer)
        whole = _read(gate, written) == answer  # else it holds more than is kept
        if not whole or len(json.dumps(written)) > LARGEST:
            return
        days = READ_DAYS if gate in READING else RUN_DAYS
        row = Answer(
            key=key,
            gate=gate.NAME,
            answer=written,
            kept_at=self._at,
            until=self._at + timedelta(days=days),
        )
        Answer.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["answer", "kept_at", "until"],
        )

    def _key(self, gate: Gate) -> str:
        """Name everything that the answer depends on; "" where that is not possible."""
        if gate not in REPEATABLE:
            return ""
        if gate in READING:
            by, purpose = tools.reading(), ""
        else:
            by, purpose = self._starting, self._purpose
        if not by or not self._base:
            return ""
        change = self._change
        parts = [
            *(FORM, gate.NAME, gate.VERSION, self._target.pk, self._rules, by, purpose),
            *(self._base, change.tree, change.digest),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @cached_property
    def _base(self) -> str:
        """Name the tree before: a gate never sees by which commits it came about."""
        try:
            return self._repository.git.text(
                "rev-parse", "--verify", f"{self._change.base}^{{tree}}"
            )
        except GitFailed:
            return ""

    @cached_property
    def _starting(self) -> str:
        return tools.starting()


def prune(now: datetime) -> int:
    """Delete what is too old to be found, and the oldest of what is too much."""
    gone, _ = Answer.objects.filter(until__lte=now).delete()
    newest = Answer.objects.order_by("-kept_at", "-pk")
    cut = newest[MOST_ROWS : MOST_ROWS + 1].values_list("pk", "kept_at").first()
    if cut:
        gone += Answer.objects.filter(kept_at__lt=cut[1]).delete()[0]
        rest = newest.values_list("pk", flat=True)[MOST_ROWS:]
        gone += Answer.objects.filter(pk__in=list(rest)).delete()[0]
    return gone


def _written(answer: GateVerdict) -> dict[str, Any]:
    return {
        "outcome": str(answer.outcome),
        "summary": answer.summary,
        "level": str(answer.level) if answer.level else "",
        "findings": [
            [mark.path, mark.line, mark.message, mark.refuses, mark.bound]
            for mark in answer.findings
        ],
    }


def _read(gate: Gate, written: Mapping[str, Any]) -> GateVerdict:
    return GateVerdict(
        gate.NAME,
        gate.QUESTION,
        Outcome(written["outcome"]),
        written["summary"],
        tuple(
            Mark(path, line, message, refuses, bound)
            for path, line, message, refuses, bound in written["findings"]
        ),
        level=Level(written["level"]) if written["level"] else None,
    )
