"""Where are a target's events, and how is a place made known, tried, paused and given up?"""

from datetime import datetime

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from targets.models import Target
from telemetry.collecting import trial
from telemetry.collecting.adapters import fault_of
from telemetry.models import Source
from telemetry.policies import policy


class BadSource(ValueError):
    """This place cannot be collected from as it is written."""


class AlreadyCollected(BadSource):
    """The target's events are read there already."""


def check(backend: str, location: str) -> None:
    """Refuse a place that no process could read as it is written."""
    if fault := fault_of(backend, location):
        raise BadSource(fault)


def add(*, target: Target, backend: str, location: str, actor: Actor, at: datetime) -> Source:
    """Make a place known; raise BadSource or AlreadyCollected, and then change nothing."""
    check(backend, location)
    with transaction.atomic():
        source, made = Source.objects.get_or_create(
            target=target, location=location, defaults={"backend": backend}
        )
        if not made:
            raise AlreadyCollected(f"{location} is read for {target.slug} already")
        _record(Event.SOURCE_ADDED, source, actor, at, backend=backend)
    return source


def pause(source: Source, *, actor: Actor, at: datetime) -> bool:
    """Stop reading a place; say whether that changed anything."""
    return _switch(source, enabled=False, event=Event.SOURCE_PAUSED, actor=actor, at=at)


def resume(source: Source, *, actor: Actor, at: datetime) -> bool:
    """Read on where reading stopped; say whether that changed anything."""
    return _switch(source, enabled=True, event=Event.SOURCE_RESUMED, actor=actor, at=at)


def remove(source: Source, *, actor: Actor, at: datetime) -> None:
    """Forget a place; its events stay, and adding it again doubles none of them."""
    with transaction.atomic():
        _record(Event.SOURCE_REMOVED, source, actor, at, backend=source.backend)
        source.delete()


def test(source: Source, *, actor: Actor, at: datetime) -> trial.Trial:
    """Look at a place without storing anything, and put on the log that somebody looked."""
    seen = trial.look(source.backend, source.location, policy=policy(source.target), now=at)
    found = {"lines": seen.lines, "recognised": seen.recognised, "readable": not seen.problems}
    with transaction.atomic():
        _record(Event.SOURCE_TESTED, source, actor, at, **found)
    return seen


def _switch(source: Source, *, enabled: bool, event: Event, actor: Actor, at: datetime) -> bool:
    with transaction.atomic():
        changed = Source.objects.filter(pk=source.pk, enabled=not enabled).update(enabled=enabled)
        if changed:
            _record(event, source, actor, at)
    source.enabled = enabled
    return bool(changed)


def _record(
    event: Event, source: Source, actor: Actor, at: datetime, **facts: str | int | bool
) -> None:
    record(
        event,
        actor=actor,
        subject=f"source:{source.pk}",
        target=source.target.slug,
        at=at,
        texts={"name": source.location},
        facts=facts,
    )
