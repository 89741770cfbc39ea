"""Has anything come in by a token yet, and what became of it?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from targets.models import Target
from telemetry.doors.models import DoorTally, Scope, Token

RECENT = timedelta(minutes=10)
MOST_REASONS = 6
SHOWN = 50  # tokens on a page; older ones are in the back office


@dataclass(frozen=True, slots=True)
class Arrival:
    """Say of one token whether it works, what came in, and why some was not kept."""

    token: Token
    tone: str
    state: str
    words: str
    waits: bool
    is_open: bool
    accepted: int = 0
    duplicates: int = 0
    dropped: int = 0
    rejected: int = 0
    refused: int = 0
    doors: str = ""
    reasons: tuple[tuple[str, int], ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None


def of(target: Target, now: datetime) -> list[Arrival]:
    """Return a target's tokens, the newest first, each with what came in by it.

    What acts in a person's name is shown to that person, where it is made.
    """
    found = Token.objects.filter(target=target, person=None).select_related(
        "replaced_by", "target"
    )
    return [_arrival(token, now) for token in found.prefetch_related("tallies")[:SHOWN]]


def _arrival(token: Token, now: datetime) -> Arrival:
    tallies = list(token.tallies.all())
    accepted = sum(tally.accepted for tally in tallies)
    tone, state, words = _standing(token, tallies, now)
    firsts = [tally.first_accepted_at for tally in tallies if tally.first_accepted_at]
    lasts = [tally.last_at for tally in tallies if tally.last_at]
    return Arrival(
        token=token,
        tone=tone,
        state=state,
        words=words,
        waits=state == "Waiting",
        is_open=token.is_open(now),
        accepted=accepted,
        duplicates=sum(tally.duplicates for tally in tallies),
        dropped=sum(tally.dropped for tally in tallies),
        rejected=sum(tally.rejected for tally in tallies),
        refused=sum(tally.refused for tally in tallies),
        doors=", ".join(sorted(tally.door for tally in tallies)),
        reasons=_reasons(tallies),
        first_at=min(firsts, default=None),
        last_at=max(lasts, default=None),
    )


def _standing(token: Token, tallies: list[DoorTally], now: datetime) -> tuple[str, str, str]:
    """Say in one word and one sentence how it goes."""
    if not token.is_open(now):
        return _closed(token, tallies)
    kept = sum(tally.accepted + tally.duplicates for tally in tallies)
    if kept:
        if token.replaced_by_id:
            return (
                "warn",
                "Rotated",
                "It still opens for a while: move its agent to the successor.",
            )
        return "good", "Connected", "What this agent does is arriving."
    if any(tally.rejected or tally.refused for tally in tallies):
        return (
            "bad",
            "Nothing kept",
            "Requests arrive, but nothing of them could be kept; see why.",
        )
    if token.scopes == [Scope.METRICS]:
        return _reader(token)
    if tallies:
        return "warn", "Nothing kept", "Requests arrive, and hold nothing that we keep so far."
    return (
        "quiet",
        "Waiting",
        "Nothing has arrived yet. The light turns green with the first event.",
    )


def _reader(token: Token) -> tuple[str, str, str]:
    if token.last_used_at is None:
        return "quiet", "Waiting", "Nobody has read the metrics with it yet."
    return "good", "Reads metrics", "It hands nothing in."


def _closed(token: Token, tallies: list[DoorTally]) -> tuple[str, str, str]:
    state = "Revoked" if token.revoked_at else "Expired"
    ended = token.revoked_at or token.expires_at
    late = any(tally.refused and tally.last_at and ended and tally.last_at > ended
               for tally in tallies)  # fmt: skip
    if late:
        return "bad", state, "An agent still tries to use it, and is turned away."
    return "quiet", state, "It opens nothing any more."


def _reasons(tallies: list[DoorTally]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for tally in tallies:
        for why, count in tally.reasons.items():
            counts[why] = counts.get(why, 0) + count
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ordered[:MOST_REASONS])


def moving(arrivals: list[Arrival], now: datetime) -> bool:
    """Say whether the page should look again soon: something is awaited, or just came in."""
    return any(
        arrival.is_open or (arrival.last_at and arrival.last_at > now - RECENT)
        for arrival in arrivals
    )
