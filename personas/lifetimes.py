"""Which agent asks a model that will end soon, or has ended?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from personas.agents import Agent
from personas.ledger.prices import Prices

WARNED_DAYS = 60


@dataclass(frozen=True)
class Ending:
    """Say on which day an agent's model ends."""

    agent: str
    model: str
    day: date
    days_left: int

    @property
    def is_over(self) -> bool:
        """Tell whether the model has ended."""
        return self.days_left <= 0

    @property
    def words(self) -> str:
        """Write it for a person."""
        change = "choose another model in config/agents.yaml"
        if self.is_over:
            return f"{self.agent} asks {self.model}, which retired on {self.day}; {change}"
        left = "tomorrow" if self.days_left == 1 else f"in {self.days_left} days"
        return f"{self.agent} asks {self.model}, which retires {left}, on {self.day}; {change}"


def endings(declared: Iterable[Agent], prices: Prices, today: date) -> list[Ending]:
    """Return what ends within the time in which people are warned, the soonest first."""
    found = []
    for agent in declared:
        day = prices.retirement(agent.model)
        if day is not None and (day - today).days <= WARNED_DAYS:
            found.append(Ending(agent.name, agent.model, day, (day - today).days))
    return sorted(found, key=lambda ending: (ending.day, ending.agent))
