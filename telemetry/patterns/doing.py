"""How does a move on a pattern happen exactly once, and how is it taken back?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry.models import Pattern, PatternMove
from telemetry.patterns import counts, diagnosing, judging, merging
from telemetry.patterns.merging import CannotJoin
from telemetry.patterns.vocabulary import Move
from telemetry.sanitizer import sanitize

EVENTS: Mapping[Move, AuditEvent] = {
    Move.MUTE: AuditEvent.PATTERN_MUTED,
    Move.KNOWN: AuditEvent.PATTERN_KNOWN,
    Move.REOPEN: AuditEvent.PATTERN_REOPENED,
    Move.ASSIGN: AuditEvent.PATTERN_ASSIGNED,
    Move.DIAGNOSE: AuditEvent.PATTERN_DIAGNOSED,
}


class Stale(Exception):
    """Somebody or something was faster; says what is so now."""


def apply(
    pattern: Pattern,
    move: Move,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    version: int | None,
    facts: Mapping[str, Any] | None = None,
) -> Pattern:
    """Change a pattern if it is still as it was read, write the move and its entry, or nothing.

    Raises Stale when it has changed since.
    """
    reason = sanitize(reason.strip())[0]
    read = pattern.version if version is None else version
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=pattern.target_id)
        before = Pattern.objects.get(pk=pattern.pk)
        changed = Pattern.objects.filter(pk=pattern.pk, version=read, merged_into=None).update(
            **changes, version=F("version") + 1
        )
        if changed != 1:
            raise Stale(_what_is_so(before))
        fresh = Pattern.objects.select_related("target").get(pk=pattern.pk)
        fresh.state = judging.state_of(fresh, counts.weeks([fresh], at)[fresh.pk], at)
        fresh.save(update_fields=["state"])
        _remember(
            before, fresh, move, changes, actor=actor, at=at, reason=reason, facts=facts or {}
        )
    return fresh


def _remember(
    before: Pattern,
    fresh: Pattern,
    move: Move,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    facts: Mapping[str, Any],
) -> None:
    """Write the move's entry in the log, and what it changed."""
    entry = log.record(
        EVENTS[move],
        actor=actor,
        subject=f"pattern:{fresh.pk}",
        at=at,
        target=fresh.target.slug,
        reason=reason,
        texts={"template": fresh.template[:500]},
        facts={"component": fresh.component, **facts},
    )
    PatternMove.objects.create(
        pattern=fresh,
        move=move,
        actor_type=actor.type,
        actor=actor.id,
        reason=reason,
        before=_kept({name: getattr(before, name) for name in changes}),
        after=_kept(changes),
        at=at,
        entry_uid=entry.uid,
    )


def undo(move_id: int, *, actor: Actor, at: datetime) -> Pattern:
    """Take a move back, if nothing that it changed has been changed since."""
    with transaction.atomic():
        move = PatternMove.objects.select_related("pattern__target").get(pk=move_id)
        Target.objects.select_for_update(no_key=True).get(pk=move.pattern.target_id)
        taken = PatternMove.objects.filter(pk=move_id, undone_at=None).update(
            undone_at=at, undone_by=actor.id
        )
        if taken != 1:
            raise Stale("This move has been undone already.")
        move.pattern.refresh_from_db()
        _take_back(move, actor)
        pattern = Pattern.objects.select_related("target").get(pk=move.pattern_id)
        log.record(
            AuditEvent.PATTERN_UNDONE,
            actor=actor,
            subject=f"pattern:{pattern.pk}",
            at=at,
            target=pattern.target.slug,
            texts={"template": pattern.template[:500]},
            facts={"component": pattern.component, "move": move.move},
            cites=[move.entry_uid],
        )
        judging.judge([pattern, *_others(move)], at)
    return pattern


def _take_back(move: PatternMove, actor: Actor) -> None:
    try:
        if move.move == Move.MERGE:
            merging.unmerge(move, by=actor.id)
        elif move.move == Move.SPLIT:
            merging.unsplit(move)
        else:
            _restore(move)
    except CannotJoin as why:
        raise Stale(str(why)) from why


def _restore(move: PatternMove) -> None:
    """Put the former values back where the move's own still stand."""
    after = dict(move.after)
    rule = after.pop("rule", None)
    if rule is not None:
        diagnosing.forget(rule)
    expected = {"pk": move.pattern_id, **_values(after)}
    changed = Pattern.objects.filter(**_exactly(expected)).update(
        **_values(move.before), version=F("version") + 1
    )
    if changed != 1:
        raise Stale(f"#{move.pattern_id} has been changed since: undo the later move first.")


def _values(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Read values back from JSON by their fields."""
    fields = {field.attname: field for field in Pattern._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in kept.items()}


def _exactly(values: Mapping[str, Any]) -> dict[str, Any]:
    none = {f"{name}__isnull": True for name, value in values.items() if value is None}
    return none | {name: value for name, value in values.items() if value is not None}


def _others(move: PatternMove) -> list[Pattern]:
    """Return what stands on its own again after an undone merge."""
    ids = move.before.get("ids", []) if move.move == Move.MERGE else []
    return list(Pattern.objects.filter(pk__in=ids).select_related("target"))


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write values as JSON keeps them, moments to the microsecond."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _what_is_so(pattern: Pattern) -> str:
    if pattern.merged_into_id:
        return f"#{pattern.pk} is part of #{pattern.merged_into_id} now."
    latest = pattern.moves.order_by("-pk").first()
    who = f": {latest.get_move_display().lower()} by {latest.actor}" if latest else ""
    return f"#{pattern.pk} has changed since you opened it{who}. Look at it again."
