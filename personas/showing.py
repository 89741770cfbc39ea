"""How are agents, their exchanges and budgets put before a person?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from personas.agents import Agent, BadAgents, load
from personas.ledger import spending, table
from personas.ledger.budgets import Standing
from personas.ledger.prices import BadPrices, Prices
from personas.ledger.spending import Spent
from personas.lifetimes import Ending, endings
from personas.models import Alert, Provisioned
from personas.providers import readiness
from personas.provisioning import Change, differences

DAYS = 30
MONTHS = 12
FILTERS = {"agent": "agent", "target": "target__slug", "outcome": "outcome", "purpose": "purpose"}
ALERTED = {50: "quiet", 80: "warn", 100: "bad"}


@dataclass(frozen=True)
class Card:
    """Show one declared agent."""

    agent: Agent
    change: Change | None
    provisioned: Provisioned | None
    ending: Ending | None
    spent: Spent | None

    @property
    def standing(self) -> tuple[str, str]:
        """Say in a word, with its tone, whether the database holds what the file says."""
        if self.provisioned is None:
            return "warn", "Not provisioned"
        return ("warn", "Differs from the database") if self.change else ("good", "Provisioned")


@dataclass(frozen=True)
class Declared:
    """Hold the agents, or the mistakes of their file or of the price table."""

    cards: list[Card]
    mistakes: list[str]


@dataclass(frozen=True)
class Bar:
    """Draw how much of a budget is used, out of a hundred."""

    standing: Standing
    closed: int
    flying: int
    tone: str

    @property
    def start(self) -> int:
        """Return where the part in flight begins."""
        return self.closed

    @property
    def used(self) -> str:
        """Write what is taken."""
        return self.standing.bound.words(self.standing.counted)

    @property
    def limit(self) -> str:
        """Write what there is."""
        return self.standing.bound.words(self.standing.bound.limit)

    @property
    def in_flight(self) -> str:
        """Write what is in flight; nothing where nothing is."""
        amount = self.standing.in_flight
        return self.standing.bound.words(amount) if amount else ""


def declared(now: datetime) -> Declared:
    """Return every declared agent with what is known of it."""
    mistakes: list[str] = []
    try:
        agents = load()
    except BadAgents as error:
        return Declared([], error.mistakes)
    try:
        prices = table.in_force()
    except BadPrices as error:
        mistakes, prices = error.mistakes, Prices(())
    ends = {end.agent: end for end in endings(agents.values(), prices, now.date())}
    changes = {change.name: change for change in differences(agents)}
    rows = {row.name: row for row in Provisioned.objects.filter(withdrawn_at=None)}
    spent = spending.of_agents(now - timedelta(days=DAYS))
    cards = [
        Card(agent, changes.get(name), rows.get(name), ends.get(name), spent.get(name))
        for name, agent in agents.items()
    ]
    return Declared(cards, mistakes)


def names() -> list[str]:
    """Return the names of the declared agents; none where their file cannot be used."""
    try:
        return list(load())
    except BadAgents:
        return []


def who_answers() -> str:
    """Say who answers now, or why nobody does."""
    try:
        return readiness(load().values())[1]
    except BadAgents as error:
        return error.mistakes[0]


def bar(standing: Standing) -> Bar:
    """Draw a budget."""
    limit = standing.bound.limit
    closed = min(100, standing.closed * 100 // limit) if limit else 100
    flying = min(100 - closed, -(-standing.in_flight * 100 // limit)) if limit else 0
    tone = "bad" if standing.percent >= 100 else "warn" if standing.percent >= 80 else "good"
    return Bar(standing, closed, flying, tone)


def months(now: datetime) -> list[str]:
    """Return the last months, the present one first."""
    found, first = [], now.replace(day=1)
    for _ in range(MONTHS):
        found.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def alerted(now: datetime) -> list[tuple[Alert, str]]:
    """Return the highest share that was told of each budget whose period has not ended."""
    day, month = f"{now:%Y-%m-%d}", f"{now:%Y-%m}"
    current = Alert.objects.filter(simulated=False, period__in=[day, month]).order_by("percent")
    highest = {(alert.budget, alert.unit): alert for alert in current}
    return [(alert, ALERTED[alert.percent]) for alert in highest.values()]
