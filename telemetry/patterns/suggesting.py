"""Which patterns look like one another enough to ask a person whether they are one?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from audit.models import Entry
from targets.models import Target
from telemetry.models import Pattern
from telemetry.patterns import merging, similar
from telemetry.patterns.merging import CannotJoin

MOST = 5
MOST_COMPARED = 2_000


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Hold a pattern that looks like another one."""

    pattern: Pattern
    likeness: float

    @property
    def percent(self) -> int:
        """Return how alike the two are."""
        return round(100 * self.likeness)


def similar_to(pattern: Pattern) -> list[Suggestion]:
    """Return the patterns of the same type, tool and error code that are at least half alike.

    What a person said is not the same as this one is left out.
    """
    if pattern.merged_into_id:
        return []
    parted = {pk for pair in held_apart(pattern.target) if pattern.pk in pair for pk in pair}
    others = Pattern.objects.filter(
        target_id=pattern.target_id,
        event_type=pattern.event_type,
        component=pattern.component,
        error_code=pattern.error_code,
        merged_into=None,
    ).exclude(pk__in={pattern.pk, *parted})
    found = [
        Suggestion(other, likeness)
        for other in others.order_by("-last_seen", "pk")[:MOST_COMPARED]
        if (likeness := similar.likeness(pattern.template, other.template)) >= similar.SUGGESTED
    ]
    return sorted(found, key=lambda one: (-one.likeness, one.pattern.pk))[:MOST]


def keep_apart(pattern: Pattern, other: Pattern, *, actor: Actor, at: datetime) -> None:
    """Write down that two patterns are not the same: they are neither suggested nor joined again.

    The log alone remembers it; a person may still merge them by hand.
    """
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=pattern.target_id)
        one, two = (Pattern.objects.get(pk=row.pk) for row in (pattern, other))
        if one.pk == two.pk or one.target_id != two.target_id:
            raise CannotJoin(f"#{two.pk} is no other pattern of the same target.")
        for row in (one, two):
            if row.merged_into_id:
                raise CannotJoin(f"#{row.pk} is part of #{row.merged_into_id} already.")
        if frozenset({one.pk, two.pk}) in held_apart(pattern.target):
            return
        log.record(
            AuditEvent.PATTERN_APART,
            actor=actor,
            subject=f"pattern:{one.pk}",
            at=at,
            target=pattern.target.slug,
            texts={"template": one.template[:500], "beside": two.template[:500]},
            facts={"other": two.pk},
        )


def held_apart(target: Target) -> set[frozenset[int]]:
    """Return the pairs that people said are not the same, each by where it is counted now."""
    pairs = list(_told_apart(target))
    ends = merging.successors({pk for pair in pairs for pk in pair}) if pairs else {}
    found = {frozenset(ends[pk] for pk in pair) for pair in pairs}
    return {pair for pair in found if len(pair) == 2}  # not those that were merged all the same


def _told_apart(target: Target) -> Iterator[tuple[int, int]]:
    told = Entry.objects.filter(event=AuditEvent.PATTERN_APART, target=target.slug)
    for entry in told.order_by("pk"):
        number, other = str(entry.subject).partition(":")[2], entry.facts.get("other")
        if number.isdecimal() and isinstance(other, int):
            yield int(number), other
