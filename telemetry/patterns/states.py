"""Where does a pattern stand? The one place that says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from telemetry.patterns.vocabulary import Decision, State

NEW_FOR = timedelta(hours=24)
QUIET_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Hold what a pattern's state is made of."""

    decision: str = ""
    first_seen: datetime
    last_seen: datetime
    remedied_at: datetime | None = None
    recurred_at: datetime | None = None
    burst: bool = False


def state_of(standing: Standing, now: datetime) -> State:
    """Return the state: what people said first, then what is worst."""
    if standing.decision == Decision.MUTED:
        return State.MUTED
    if standing.decision == Decision.KNOWN:
        return State.KNOWN
    if now - standing.last_seen > QUIET_AFTER or _is_remedied(standing):
        return State.QUIET
    if standing.recurred_at is not None:
        return State.RECURRED
    if standing.burst:
        return State.ESCALATING
    return State.NEW if now - standing.first_seen <= NEW_FOR else State.ONGOING


def _is_remedied(standing: Standing) -> bool:
    """Tell whether nothing has happened since a remedy was declared effective."""
    if standing.remedied_at is None or standing.recurred_at is not None:
        return False
    return standing.last_seen <= standing.remedied_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Say until when a decision holds; a field that is None ends nothing."""

    at: datetime | None = None
    count: int | None = None  # the pattern's count that ends it
    on_burst: bool = False

    @property
    def ever(self) -> bool:
        """Tell whether anything ends it."""
        return self.at is not None or self.count is not None or self.on_burst


def has_ended(ends: Ends, *, count: int, burst: bool, now: datetime) -> str:
    """Say why a decision holds no longer; empty while it holds."""
    if ends.at is not None and now >= ends.at:
        return f"its time ended at {ends.at:%Y-%m-%d %H:%M} UTC"
    if ends.count is not None and count >= ends.count:
        return f"it has happened {count} times in all"
    if ends.on_burst and burst:
        return "it is escalating"
    return ""
