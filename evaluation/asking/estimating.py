"""What would an evaluation now ask a model, and what could that cost?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from evaluation import modelled, self_eval
from evaluation.answers import AUTHOR
from evaluation.asking.material import Account
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
            return "Nothing would be asked: no pattern qualifies that was not answered before."
        if self.account is None:
            return f"The rule engine would answer {self.eligible} patterns: no model call."
        return (
            f"{self.model} would be asked about {self.account.patterns} of {self.eligible} "
            f"patterns: {self.tokens_in} tokens in (estimated), "
            f"at most {self.most_tokens_out} out, {self.cost}."
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
    if target.state != State.READY:
        state = target.get_state_display().lower()
        raise NotReady(f"{target.slug}: the repository is not ready ({state})")
    engine = modelled.engine_chosen()
    survey = self_eval.survey_of(target, now)
    eligible = len(survey.eligible)
    if not eligible or engine == Engine.EMBEDDED:
        return Estimate(target=target, engine=engine, eligible=eligible)
    asked = modelled.prepared(self_eval.question_of(target, survey, now))
    agent = agents.load()[AUTHOR]
    return Estimate(
        target=target,
        engine=engine,
        eligible=eligible,
        model=agent.model,
        tokens_in=asked.tokens,
        most_tokens_out=agent.max_tokens,
        most_cost=table.in_force().worst(agent.model, asked.tokens, agent.max_tokens, now),
        account=asked.account,
    )
