"""How do several patterns become one, or one two, so that no id is lost and all can be undone?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Min, Sum

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry import fingerprints
from telemetry.models import Pattern, PatternAlias, PatternMove
from telemetry.patterns import counts, diagnosing, judging, similar
from telemetry.patterns.counts import MOST_AGENTS
from telemetry.patterns.vocabulary import Move
from telemetry.sanitizer import sanitize

MOST_AT_ONCE = 100


class CannotJoin(Exception):
    """The patterns cannot be merged or parted; says why."""


def merge(
    home: Pattern,
    others: Sequence[Pattern],
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    versions: Mapping[int, int] | None = None,
) -> Pattern:
    """Let one pattern take over the fingerprints of others; their ids stay and point to it."""
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=home.target_id)
        home = Pattern.objects.get(pk=home.pk)
        rows = list(Pattern.objects.filter(pk__in=[one.pk for one in others]).order_by("pk"))
        _check(home, rows, versions or {})
        aliases = PatternAlias.objects.filter(pattern__in=rows)
        moved = {str(pk): owner for pk, owner in aliases.values_list("pk", "pattern_id")}
        templates = [home.template, *(row.template for row in rows)]
        agents = sorted({*home.agents, *(name for row in rows for name in row.agents)})
        before = {"template": home.template, "agents": home.agents, "aliases": moved}
        aliases.update(pattern=home)
        Pattern.objects.filter(pk__in=[row.pk for row in rows]).update(
            merged_into=home, version=F("version") + 1
        )
        home.template, home.agents = similar.folded(templates), agents[:MOST_AGENTS]
        recount(home)
        _remember(
            home,
            Move.MERGE,
            AuditEvent.PATTERN_MERGED,
            {**before, "ids": [row.pk for row in rows]},
            actor=actor,
            at=at,
            reason=reason,
            facts={"merged": [row.pk for row in rows]},
        )
        judging.judge([home], at)
    return home


def _check(home: Pattern, rows: Sequence[Pattern], versions: Mapping[int, int]) -> None:
    if not rows:
        raise CannotJoin("Choose at least two patterns to merge.")
    if len(rows) > MOST_AT_ONCE:
        raise CannotJoin(f"Merge at most {MOST_AT_ONCE} patterns at once.")
    for row in (home, *rows):
        if row.merged_into_id:
            raise CannotJoin(f"#{row.pk} is part of #{row.merged_into_id} already.")
        if versions.get(row.pk, row.version) != row.version:
            raise CannotJoin(f"#{row.pk} has changed since you chose it; look at it again.")
    if home.pk in {row.pk for row in rows}:
        raise CannotJoin(f"#{home.pk} cannot be merged into itself.")
    if strangers := [row.pk for row in rows if row.target_id != home.target_id]:
        raise CannotJoin(f"#{strangers[0]} belongs to another target.")


def split(
    alias: PatternAlias, *, actor: Actor, at: datetime, reason: str, version: int | None = None
) -> Pattern:
    """Move one fingerprint out into a pattern of its own; it is never joined again by itself."""
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=alias.target_id)
        alias = PatternAlias.objects.select_related("pattern").get(pk=alias.pk)
        old = alias.pattern
        if PatternAlias.objects.filter(pattern=old).count() < 2:
            raise CannotJoin(f"#{old.pk} has one fingerprint only: there is nothing to part.")
        if version is not None and old.version != version:
            raise CannotJoin(f"#{old.pk} has changed since you opened it; look at it again.")
        text = fingerprints.gist(alias.template or old.template)
        new = _parted(old, text, alias)
        placed = alias.placed_by
        PatternAlias.objects.filter(pk=alias.pk).update(pattern=new, placed_by=actor.id)
        for pattern in (old, new):
            pattern.agents = counts.agents(pattern) or old.agents
            recount(pattern)
        _remember(
            old,
            Move.SPLIT,
            AuditEvent.PATTERN_SPLIT,
            {"alias": alias.pk, "placed_by": placed, "new": new.pk},
            actor=actor,
            at=at,
            reason=reason,
            facts={"fingerprint": alias.fingerprint, "new": new.pk},
        )
        judging.judge([old, new], at)
    return new


def _parted(old: Pattern, text: str, alias: PatternAlias) -> Pattern:
    new = Pattern(
        target_id=old.target_id,
        event_type=old.event_type,
        component=old.component,
        error_code=old.error_code,
        template=text,
        first_seen=alias.first_seen or old.first_seen,
        last_seen=alias.last_seen or old.last_seen,
    )
    diagnosing.diagnose(new)
    new.save()
    return new


def unmerge(move: PatternMove, *, by: str) -> None:
    """Give the merged patterns their fingerprints back, and hold them apart from now on."""
    home, ids = move.pattern, move.before["ids"]
    if home.merged_into_id:
        raise CannotJoin(f"#{home.pk} is part of #{home.merged_into_id} now: undo that first.")
    aliases = {int(pk): owner for pk, owner in move.before["aliases"].items()}
    if PatternAlias.objects.filter(pk__in=aliases).exclude(pattern=home).exists():
        raise CannotJoin("Some of its fingerprints have been moved since: undo that first.")
    for pk, owner in aliases.items():
        PatternAlias.objects.filter(pk=pk).update(pattern=owner, placed_by=by)
    Pattern.objects.filter(pk__in=ids).update(merged_into=None, version=F("version") + 1)
    home.template, home.agents = move.before["template"], move.before["agents"]
    for pattern in (home, *Pattern.objects.filter(pk__in=ids)):
        recount(pattern)


def unsplit(move: PatternMove) -> None:
    """Put a fingerprint back where it came from; the id of its own pattern points there."""
    old, new = move.pattern, Pattern.objects.get(pk=move.before["new"])
    if new.merged_into_id or old.merged_into_id:
        raise CannotJoin("One of the two has been merged since: undo that first.")
    agents = sorted({*old.agents, *new.agents})[:MOST_AGENTS]
    PatternAlias.objects.filter(pattern=new).update(pattern=old)
    PatternAlias.objects.filter(pk=move.before["alias"]).update(placed_by=move.before["placed_by"])
    Pattern.objects.filter(pk=new.pk).update(merged_into=old, version=F("version") + 1)
    old.agents = agents
    recount(old)


def recount(pattern: Pattern) -> None:
    """Bring a pattern's totals in line with its fingerprints, and save it."""
    found = PatternAlias.objects.filter(pattern=pattern).aggregate(
        count=Sum("count"), first=Min("first_seen"), last=Max("last_seen")
    )
    pattern.count = found["count"] or 0
    pattern.first_seen = found["first"] or pattern.first_seen
    pattern.last_seen = found["last"] or pattern.last_seen
    pattern.session_count = counts.sessions([pattern], counts.owners_of([pattern]))[pattern.pk]
    pattern.version += 1
    pattern.save()


def _remember(
    pattern: Pattern,
    move: Move,
    event: AuditEvent,
    before: dict[str, Any],
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    facts: dict[str, Any],
) -> PatternMove:
    """Write a move and its entry in the log."""
    reason = sanitize(reason.strip())[0]
    entry = log.record(
        event,
        actor=actor,
        subject=f"pattern:{pattern.pk}",
        at=at,
        target=pattern.target.slug,
        reason=reason,
        texts={"template": pattern.template[:500]},
        facts={"component": pattern.component, **facts},
    )
    return PatternMove.objects.create(
        pattern=pattern,
        move=move,
        actor_type=actor.type,
        actor=actor.id,
        reason=reason,
        before=before,
        at=at,
        entry_uid=entry.uid,
    )


def successors(patterns: Iterable[int]) -> dict[int, int]:
    """Map the ids that were merged away to where their failures are counted now."""
    into = dict(
        Pattern.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into_id")
    )
    return {pk: _end(pk, into) for pk in patterns}


def _end(pk: int, into: Mapping[int, int | None]) -> int:
    while (following := into.get(pk)) is not None:
        pk = following
    return pk
