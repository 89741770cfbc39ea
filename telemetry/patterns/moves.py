"""Which moves may a person make with one pattern, and what does each of them need?"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from audit.log import Actor, stated
from telemetry.models import Pattern, PatternMove
from telemetry.patterns import diagnosing, judging
from telemetry.patterns.diagnosing import BY_PERSON
from telemetry.patterns.doing import apply
from telemetry.patterns.states import Ends
from telemetry.patterns.vocabulary import Decision, Diagnosis, Move
from telemetry.sanitizer import sanitize

PERMISSION = "telemetry.sort_pattern"
LONGEST_MUTE = timedelta(days=366)


class Refused(Exception):
    """The move makes no sense; says what to change."""


def mute(
    pattern: Pattern,
    *,
    ends: Ends,
    reason: str,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Pattern:
    """Set a pattern aside for a while: no proposal, no attention, until its end comes."""
    reason = _reason(reason, "Say why it is muted.")
    if not ends.ever:
        raise Refused("Say when the mute ends: at a time, after a number, or when it escalates.")
    if ends.at is not None and not at < ends.at <= at + LONGEST_MUTE:
        raise Refused("The mute must end in the future, within a year.")
    if ends.count is not None and ends.count <= pattern.count:
        raise Refused("Say after how many more failures the mute ends: at least one.")
    changes = _decided(Decision.MUTED, ends, reason, actor, at)
    return apply(pattern, Move.MUTE, changes, actor=actor, at=at, reason=reason, version=version)


def mark_known(
    pattern: Pattern,
    *,
    note: str,
    actor: Actor,
    at: datetime,
    ends: Ends | None = None,
    version: int | None = None,
) -> Pattern:
    """Say that a pattern is known, with what is known; it leads to no proposal meanwhile."""
    note = _reason(note, "Say what is known about it.")
    changes = _decided(Decision.KNOWN, ends or Ends(), note, actor, at)
    return apply(pattern, Move.KNOWN, changes, actor=actor, at=at, reason=note, version=version)


def reopen(
    pattern: Pattern, *, actor: Actor, at: datetime, reason: str = "", version: int | None = None
) -> Pattern:
    """Look at a muted or known pattern again."""
    if not pattern.decision:
        raise Refused(f"#{pattern.pk} is neither muted nor known.")
    changes = {**judging.NOTHING_DECIDED, "returned_at": None, "returned_why": ""}
    return apply(pattern, Move.REOPEN, changes, actor=actor, at=at, reason=reason, version=version)


def assign(
    pattern: Pattern,
    *,
    to: User | None,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Pattern:
    """Give a pattern to a person, or to nobody."""
    if to is not None and not (to.is_active and to.has_perm("telemetry.view_pattern")):
        raise Refused(f"{to.get_username()} may not see patterns.")
    return apply(
        pattern,
        Move.ASSIGN,
        {"assignee_id": to.pk if to else None},
        actor=actor,
        at=at,
        reason="",
        version=version,
        facts={"to": stated(Actor.person(to), at=at).pseudonym if to else "nobody"},
    )


def diagnose(
    pattern: Pattern,
    *,
    diagnosis: str,
    actor: Actor,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Pattern:
    """Correct a diagnosis, and learn from it for failures of the same tool, code and words."""
    if diagnosis not in Diagnosis.values:
        raise Refused(
            f"There is no diagnosis {diagnosis}; there are {', '.join(Diagnosis.values)}."
        )
    with transaction.atomic():
        changes = {"diagnosis": diagnosis, "diagnosed_by": f"{BY_PERSON}{actor.id}"}
        changed = apply(
            pattern,
            Move.DIAGNOSE,
            changes,
            actor=actor,
            at=at,
            reason=reason,
            version=version,
            facts={"from": pattern.diagnosis, "to": diagnosis},
        )
        rule = diagnosing.teach(changed, diagnosis, by=actor.id, at=at)
        move = PatternMove.objects.filter(pattern=changed).latest("pk")
        PatternMove.objects.filter(pk=move.pk).update(after={**move.after, "rule": rule.pk})
    return changed


def _decided(
    decision: Decision, ends: Ends, note: str, actor: Actor, at: datetime
) -> dict[str, Any]:
    return {
        "decision": str(decision),
        "note": note,
        "decided_by": actor.id,
        "decided_at": at,
        "ends_at": ends.at,
        "ends_at_count": ends.count,
        "ends_on_burst": ends.on_burst,
        "returned_at": None,
        "returned_why": "",
    }


def _reason(text: str, missing: str) -> str:
    reason = sanitize(text.strip())[0]
    if not reason:
        raise Refused(missing)
    return reason
