"""How is an agent asked within a phase, and what did that use?"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generations.models import Reason
from generations.phases.shape import Interrupted, Refused, Turn
from personas import agents, exchanges
from personas.agents import Agent
from personas.ask import ask
from personas.counting import PromptTooLarge
from personas.ledger.budgets import BudgetReached
from personas.models import Exchange
from personas.providers import EngineNotReady
from ports.llm import SIMULATED, PermanentError

# A provider may count more than we estimate: then the same is asked in less room.
SHARES = (1.0, 0.6, 0.35)


@dataclass(frozen=True)
class Heard:
    """Hold what an agent said, and whether it ended by itself."""

    text: str
    complete: bool
    stop_reason: str


# Writes the material of a question into so many characters.
Write = Callable[[int], str]
Ask = Callable[[str], Heard]


@dataclass
class Conversation:
    """Ask one agent within one phase of a generation, whose budget it draws on."""

    turn: Turn
    agent: Agent
    phase: str
    schema: Mapping[str, Any] | None = None
    engine: str = ""  # who really answered, once somebody has

    @classmethod
    def of(
        cls, turn: Turn, name: str, phase: str, schema: Mapping[str, Any] | None = None
    ) -> "Conversation":
        """Begin one with a declared agent; raise BadAgents where the file cannot be used."""
        return cls(turn, agents.load()[name], phase, schema)

    @property
    def purpose(self) -> str:
        """Name what the calls are for: a part of what the generation may spend."""
        return f"{self.turn.generation.purpose}/{self.phase}"

    @property
    def room(self) -> int:
        """Estimate how many characters of material the agent may be asked."""
        form = len(json.dumps(self.schema)) if self.schema else 0
        return self.agent.room - form

    def about(self, write: Write) -> Ask:
        """Return what asks about this material, with words added to it where there are some."""

        def asking(words: str) -> Heard:
            for share in SHARES:
                text = write(int(self.room * share))
                try:
                    return self._said(f"{text}\n\n{words}" if words else text)
                except PromptTooLarge as refusal:
                    reason = str(refusal)
            raise Refused(Reason.MODEL, reason, {"calls": self.calls()})

        return asking

    def calls(self) -> list[dict[str, Any]]:
        """Return every call of this phase so far, of earlier attempts too."""
        asked = Exchange.objects.filter(
            purpose=self.purpose, at__gte=self.turn.generation.started_at
        )
        return [_call(row) for row in asked.select_related("line").order_by("pk")]

    def _said(self, prompt: str) -> Heard:
        if self.turn.stopped():
            raise Interrupted
        generation = self.turn.generation
        # An attempt that broke off later has paid for this answer already.
        known = exchanges.answered_before(
            self.agent,
            prompt,
            target=generation.target,
            purpose=self.purpose,
            since=generation.started_at,
        )
        if known is not None:
            self.engine = SIMULATED if known.simulated else known.engine
            return Heard(known.answer_text, True, known.stop_reason)
        return self._asked(prompt)

    def _asked(self, prompt: str) -> Heard:
        generation = self.turn.generation
        try:
            answer = ask(
                self.agent.name,
                prompt,
                target=generation.target,
                at=self.turn.clock(),
                purpose=self.purpose,
                schema=self.schema,
            )
        except BudgetReached as refusal:
            raise Refused(Reason.BUDGET, str(refusal), {"calls": self.calls()}) from refusal
        except (EngineNotReady, PermanentError) as error:
            if self.turn.stopped():
                raise Interrupted from error
            raise Refused(Reason.MODEL, str(error), {"calls": self.calls()}) from error
        self.engine = answer.engine
        return Heard(answer.text, answer.complete, answer.stop_reason)


def _call(row: Exchange) -> dict[str, Any]:
    line = row.line
    return {
        "exchange": row.pk,
        "agent": row.agent,
        "engine": SIMULATED if row.simulated else row.engine,
        "model": row.model or row.model_asked,
        "outcome": str(row.outcome),
        "detail": row.detail,
        "stop_reason": row.stop_reason,
        "failed_attempts": len(row.failed_attempts),
        "latency_ms": row.latency_ms,
        "input_tokens": line.input_tokens if line else 0,
        "output_tokens": line.output_tokens if line else 0,
        "cached_tokens": line.cached_tokens if line else 0,
        # None where nobody knows it; nothing was asked of whoever is refused before.
        "cost_usd": (None if line.dollars is None else float(line.dollars)) if line else 0.0,
        "at_least": line.at_least if line else False,
    }
