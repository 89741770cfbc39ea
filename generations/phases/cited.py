"""Which failures of the agents is a generation about, and which of their events are kept?"""

from generations.models import Generation
from telemetry.models import Event, Pattern
from validation.trying.cases import MOST_EVENTS, Case, recorded

KIND = "pattern"
MOST_CITED = 40


def pattern_of(generation: Generation) -> Pattern | None:
    """Return the pattern that the focus names, if it names one of this target."""
    kind, _, key = generation.focus.partition(":")
    if kind != KIND or not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return Pattern.objects.filter(target=generation.target, pk=int(key)).first()


def events_of(pattern: Pattern) -> list[Event]:
    """Return its latest failures."""
    prints = list(pattern.aliases.values_list("fingerprint", flat=True))
    found = Event.objects.filter(target=pattern.target, fingerprint__in=prints)
    return list(found.order_by("-timestamp", "uid")[:MOST_CITED])


def cases_of(generation: Generation) -> tuple[Case, ...]:
    """Return the case that the gates replay, with the change and without it."""
    pattern = pattern_of(generation)
    events = events_of(pattern)[:MOST_EVENTS] if pattern else []
    if pattern is None or not events:
        return ()
    name = f"{pattern.subject}: {pattern.error_code or pattern.diagnosis or 'failure'}"
    return (recorded(name, pattern.component, events),)
