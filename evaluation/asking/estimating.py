"""What would an evaluation now ask a model, and what could that cost?"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from evaluation import modelled, self_eval
from evaluation.answers import AUTHOR
from evaluation.asking.material import Account, Material
from evaluation.self_eval import NotReady
from personas import agents
from personas.ledger import table
from proposals.models import Engine
from targets.models import State, Target


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Hold what would be asked; without a model nothing would."""

    target: Target
    engine: Engine
    eligible: int
    nothing: str = "no pattern qualifies that was not answered before"
    by_code: str = "The rule engine would answer {eligible} patterns"
    about: str = "{shown} of {eligible} patterns"
    model: str = ""
    tokens_in: int = 0
    most_tokens_out: int = 0
    most_cost: Decimal | None = None
    account: Account | None = None

    @property
    def asks(self) -> bool:
        """Tell whether a model would be asked at all."""
        return self.account is not None

    @property
    def verdict(self) -> str:
        """Say in one sentence what would happen."""
        if not self.eligible:
            return f"Nothing would be asked: {self.nothing}."
        if self.account is None:
            return f"{self.by_code.format(eligible=self.eligible)}: no model call."
        about = self.about.format(shown=self.account.patterns, eligible=self.eligible)
        return (
            f"{self.model} would be asked about {about}: {self.tokens_in} tokens in "
            f"(estimated), at most {self.most_tokens_out} out, {self.cost}."
        )

    @property
    def cost(self) -> str:
        """Say what that would cost at most; what nobody knows is unknown, never nothing."""
        if self.most_cost is None:
            return "cost unknown: no price is known for this model"
        return f"at most ${self.most_cost:.4f}"


def estimate(target: Target, now: datetime) -> Estimate:
    """Prepare an evaluation without asking anybody, not even for a count, and keep nothing.

    Raises NotReady, and what reading the repository, the agents or the prices raises.
    """
    refuse_unready(target)
    engine = modelled.engine_chosen()
    survey = self_eval.survey_of(target, now)
    found = Estimate(target=target, engine=engine, eligible=len(survey.eligible))
    if not found.eligible or engine == Engine.EMBEDDED:
        return found
    asked = modelled.prepared(self_eval.question_of(target, survey, now))
    return priced(found, AUTHOR, asked, now)


def refuse_unready(target: Target) -> None:
    """Raise NotReady where the repository of a target cannot be read."""
    if target.state != State.READY:
        state = target.get_state_display().lower()
        raise NotReady(f"{target.slug}: the repository is not ready ({state})")


def priced(found: Estimate, author: str, asked: Material, now: datetime) -> Estimate:
    """Add to an estimate what the question would have, and the most that it could cost."""
    agent = agents.load()[author]
    return replace(
        found,
        model=agent.model,
        tokens_in=asked.tokens,
        most_tokens_out=agent.max_tokens,
        most_cost=table.in_force().worst(agent.model, asked.tokens, agent.max_tokens, now),
        account=asked.account,
    )


def shown(one: Estimate) -> dict[str, Any]:
    """Return an estimate as a script reads it; an unknown cost is null."""
    return {
        "target": one.target.slug,
        "engine": one.engine.value,
        "eligible": one.eligible,
        "model": one.model or None,
        "tokens_in": one.tokens_in if one.asks else None,
        "most_tokens_out": one.most_tokens_out if one.asks else None,
        "most_cost_usd": None if one.most_cost is None else str(one.most_cost),
        "shown": asdict(one.account) if one.account else None,
    }
