"""To which pattern does a fingerprint that was never seen before belong?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.log import Actor
from targets.models import Target
from telemetry import fingerprints
from telemetry.events.rows import error_code_of
from telemetry.models import Event, Pattern, PatternAlias
from telemetry.patterns import diagnosing, merging, similar, suggesting
from telemetry.patterns.diagnosing import BY_PERSON

MOST_TEMPLATES = 5_000  # of one tool and error code that are held against each other
ACTOR = Actor.system("telemetry")
WHY = "their messages differ in one word only, or in what follows"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Hold a fingerprint that has no pattern yet, with the first event that has it."""

    fingerprint: str
    event: Event
    first_seen: datetime
    last_seen: datetime

    @property
    def kind(self) -> tuple[str, str, str]:
        """Return what two failures must share to be one kind."""
        event = self.event
        return event.event_type, event.component, error_code_of(event)

    @property
    def text(self) -> str:
        """Return the template of what it says; never empty."""
        event = self.event
        said = fingerprints.template(event.error_message) or error_code_of(event)
        return said or event.get_event_type_display()


def place(target: Target, newcomers: Iterable[Newcomer], now: datetime) -> list[Pattern]:
    """Give each newcomer its pattern, in the caller's transaction; return the new patterns.

    The outcome depends on the set of templates, not on their order: patterns that a newcomer shows
    to be one are merged, on the log and undoable. What a person has touched is never moved.
    """
    kinds: dict[tuple[str, str, str], list[Newcomer]] = defaultdict(list)
    for one in sorted(newcomers, key=lambda one: (one.first_seen, one.fingerprint)):
        kinds[one.kind].append(one)
    created: list[Pattern] = []
    for kind, ones in kinds.items():
        by_words: list[Newcomer] = []
        for one in ones:
            if _normaliser(target.pk, one):
                by_words.append(one)
                continue
            # Its emitter's name, or where it was raised, says more than words that look alike.
            home = _begin(target, [one])
            _settle(home, [one], [], is_new=True)
            created.append(home)
        created += _place_kind(target, kind, by_words, now)
    return created


def neighbours(target_id: int, kind: tuple[str, str, str]) -> Sequence[PatternAlias]:
    """Return the fingerprints of one type, tool and error code that words made, oldest first."""
    event_type, component, code = kind
    rows = PatternAlias.objects.filter(
        target_id=target_id,
        normaliser__gt=0,
        pattern__event_type=event_type,
        pattern__component=component,
        pattern__error_code=code,
    )
    return list(rows.select_related("pattern").order_by("pk")[:MOST_TEMPLATES])


def _place_kind(
    target: Target, kind: tuple[str, str, str], ones: Sequence[Newcomer], now: datetime
) -> list[Pattern]:
    known = neighbours(target.pk, kind)
    held = {alias.pattern_id for alias in known if alias.placed_by or _is_held(alias.pattern)}
    templates = [alias.template or alias.pattern.template for alias in known]
    created = []
    for places in similar.joined([*templates, *(one.text for one in ones)]):
        fresh = [ones[place - len(known)] for place in places if place >= len(known)]
        if not fresh:
            continue
        there = {known[p].pattern_id: known[p].pattern for p in places if p < len(known)}
        texts = [known[place].template for place in places if place < len(known)]
        home, is_new = _home(target, there, held, fresh, now)
        created += [home] if is_new else []
        _settle(home, fresh, [text for text in texts if text], is_new)
    return created


def _is_held(pattern: Pattern) -> bool:
    """Tell whether a person has said something about a pattern that a merge would change."""
    by_person = pattern.diagnosed_by.startswith(BY_PERSON)
    return bool(pattern.decision or pattern.assignee_id or by_person)


def _home(
    target: Target,
    there: dict[int, Pattern],
    held: set[int],
    fresh: Sequence[Newcomer],
    now: datetime,
) -> tuple[Pattern, bool]:
    """Find the oldest pattern that the newcomers may join, merging free ones; else make one."""
    free = sorted(set(there) - held)
    if len(free) > 1:
        apart = {pk for pair in suggesting.held_apart(target) for pk in pair}
        free = [pk for pk in free if pk not in apart]
    if len(free) > 1:
        merged = merging.merge(
            there[free[0]], [there[pk] for pk in free[1:]], actor=ACTOR, at=now, reason=WHY
        )
        return merged, False
    if there:
        return there[min(free or there)], False
    return _begin(target, fresh), True


def _begin(target: Target, fresh: Sequence[Newcomer]) -> Pattern:
    first = fresh[0]
    event_type, component, code = first.kind
    pattern = Pattern(
        target=target,
        event_type=event_type,
        component=component,
        error_code=code,
        template=similar.folded([one.text for one in fresh]),
        first_seen=min(one.first_seen for one in fresh),
        last_seen=max(one.last_seen for one in fresh),
    )
    diagnosing.diagnose(pattern, first.event.error_message)
    pattern.save()
    return pattern


def _settle(home: Pattern, fresh: Sequence[Newcomer], texts: Sequence[str], is_new: bool) -> None:
    """Write down where the newcomers belong, and let the shown template fit them all."""
    PatternAlias.objects.bulk_create(
        PatternAlias(
            target_id=home.target_id,
            fingerprint=one.fingerprint,
            pattern=home,
            template=one.text,
            normaliser=_normaliser(home.target_id, one),
        )
        for one in fresh
    )
    shown = similar.folded([home.template, *texts, *(one.text for one in fresh)])
    if not is_new and shown != home.template:
        home.template = shown
        Pattern.objects.filter(pk=home.pk).update(template=shown)


def _normaliser(target_id: int, one: Newcomer) -> int:
    """Return which version of the normaliser made the fingerprint; 0 where none did."""
    event_type, component, code = one.kind
    made = fingerprints.of_template(
        target_id=target_id,
        event_type=event_type,
        component=component,
        error_code=code,
        text=fingerprints.template(one.event.error_message),
    )
    return fingerprints.VERSION if made == one.fingerprint else 0


def rehash(target: Target) -> int:
    """Map the fingerprints of a former normaliser: their templates, hashed by the one of today.

    A pattern keeps its id and its past. Where two patterns now say the same, the older one gets
    what comes; the other keeps what it has, until a newcomer shows that they are one.
    """
    old = PatternAlias.objects.filter(
        target=target, normaliser__gt=0, normaliser__lt=fingerprints.VERSION
    )
    made = 0
    for alias in old.select_related("pattern").order_by("pattern_id", "pk"):
        text = fingerprints.template(alias.template)
        _, is_new = PatternAlias.objects.get_or_create(
            target=target,
            fingerprint=_of(alias.pattern, text),
            defaults={
                "pattern": alias.pattern,
                "template": text,
                "normaliser": fingerprints.VERSION,
                "placed_by": alias.placed_by,
                "counted_to": alias.counted_to,
            },
        )
        made += is_new
        PatternAlias.objects.filter(pk=alias.pk).update(
            normaliser=fingerprints.VERSION, template=text
        )
    return made


def _of(pattern: Pattern, text: str) -> str:
    return fingerprints.of_template(
        target_id=pattern.target_id,
        event_type=pattern.event_type,
        component=pattern.component,
        error_code=pattern.error_code,
        text=text,
    )
