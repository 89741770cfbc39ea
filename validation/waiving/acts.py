"""How does a waiver come into force, how does it end, and what relied on it?"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from audit.events import Event
from audit.log import Actor, record
from targets.models import Target
from telemetry.sanitizer import sanitize
from validation.gates import GATES
from validation.models import Finding, Report, Waiver
from validation.verdicts import Waived
from validation.waiving.binding import WAIVABLE

PERMISSION = "validation.waive_finding"
DAYS, MOST_DAYS = 7, 30
LONGEST_REASON = 2000


class CannotWaive(Exception):
    """This finding cannot be waived, or not so; the words say what to do."""


@dataclass(frozen=True)
class Wish:
    """Say why a finding should pass, and for how many days."""

    reason: str
    days: int = DAYS


@dataclass(frozen=True)
class Origin:
    """Name the proposal whose check found it, as the log does."""

    pk: uuid.UUID
    title: str
    cites: tuple[uuid.UUID, ...] = ()


def waive(finding: Finding, wish: Wish, *, origin: Origin, person: User, at: datetime) -> Waiver:
    """Waive one finding; raises CannotWaive or PermissionDenied, and then changes nothing.

    Who may not, because the change is theirs, only the caller can know.
    """
    _refuse_stranger(person)
    reason = _reason(wish)
    with transaction.atomic():
        target, version = _ensure_possible(finding, at)
        until = at + timedelta(days=wish.days)
        facts = {
            "gate": finding.result.gate,
            "version": version,
            "finding": finding.bound,
            "until": until.isoformat(),
            "report": finding.result.report.digest,
        }
        entry = record(
            Event.FINDING_WAIVED,
            actor=Actor.person(person),
            subject=f"proposal:{origin.pk}",
            target=target.slug,
            at=at,
            reason=reason,
            texts=_words(finding, origin),
            facts=facts,
            cites=origin.cites,
        )
        return Waiver.objects.create(
            target=target,
            version=version,
            proposal=origin.pk,
            **_place(finding),
            waived_by=person,
            reason=reason,
            at=at,
            until=until,
            entry_uid=entry.uid,
        )


def withdraw(waiver: Waiver, *, person: User, at: datetime, reason: str = "") -> Waiver:
    """End a waiver before its time; whatever relied on it counts no more.

    Raises CannotWaive when it is over already, or PermissionDenied, and then changes nothing.
    """
    _refuse_stranger(person)
    because = sanitize(reason.strip())[0][:LONGEST_REASON]
    with transaction.atomic():
        fresh = Waiver.objects.select_for_update(of=("self",)).select_related("target")
        current = fresh.get(pk=waiver.pk)
        if not current.is_in_force(at):
            raise CannotWaive(f"This waiver is {current.state(at)} already.")
        current.withdrawn_by, current.withdrawn_at = person, at
        current.withdrawn_because = because
        current.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_because"])
        who = person.get_username()
        Report.objects.filter(results__findings__waiver=current, void="").update(
            void=f"{who} withdrew a waiver that it relies on, of {current.gate} in {current.path}."
        )
        record(
            Event.FINDING_WAIVER_WITHDRAWN,
            actor=Actor.person(person),
            subject=f"proposal:{current.proposal}",
            target=current.target.slug,
            at=at,
            reason=because,
            facts={"gate": current.gate, "finding": current.bound},
            cites=[current.entry_uid],
        )
    return current


def in_force(target: Target, at: datetime) -> Mapping[str, Waived]:
    """Return the waivers of a target that count now, by the finding that each names."""
    return {waiver.bound: _waived(waiver) for waiver in _counting(at).filter(target=target)}


def relied_on(report: Report | None, at: datetime) -> Mapping[str, Waived]:
    """Return the waivers that a report relies on and that still count: no others are new to it."""
    if report is None:
        return {}
    rows = _counting(at).filter(findings__result__report=report)
    return {waiver.bound: _waived(waiver) for waiver in rows.distinct()}


def notice_missed(report: Report, at: datetime) -> None:
    """Void a report that refuses what was waived while the gates were asked, from `at` on."""
    refused = Finding.objects.filter(result__report=report, refuses=True).exclude(bound="")
    rows = Waiver.objects.filter(target=report.target_id, withdrawn_at=None, until__gt=at)
    if rows.filter(bound__in=refused.values("bound")).exists():
        Report.objects.filter(pk=report.pk, void="").update(
            void="A finding was waived while it was checked."
        )


def _counting(at: datetime) -> QuerySet[Waiver]:
    rows = Waiver.objects.filter(withdrawn_at=None, at__lte=at, until__gt=at)
    return rows.select_related("waived_by")


def _waived(waiver: Waiver) -> Waived:
    name = waiver.waived_by.get_username()
    return Waived(waiver.pk, str(waiver.entry_uid), name, waiver.until, waiver.reason)


def _place(finding: Finding) -> dict[str, Any]:
    return {
        "bound": finding.bound,
        "gate": finding.result.gate,
        "path": finding.path,
        "line": finding.line,
        "message": finding.message,
    }


def _words(finding: Finding, origin: Origin) -> dict[str, str]:
    path = sanitize(finding.path)[0]
    return {"title": origin.title, "finding": finding.message, "path": path}


def _refuse_stranger(person: User) -> None:
    if not person.has_perm(PERMISSION):
        raise PermissionDenied("You may not waive findings.")


def _reason(wish: Wish) -> str:
    reason = sanitize(wish.reason.strip())[0]
    if not reason:
        raise CannotWaive("To waive a finding, say why it is no danger here.")
    if len(reason) > LONGEST_REASON:
        raise CannotWaive(f"The reason has {len(reason)} characters; at most {LONGEST_REASON}.")
    if not 1 <= wish.days <= MOST_DAYS:
        raise CannotWaive(f"A waiver holds for 1 to {MOST_DAYS} days, not {wish.days}.")
    return reason


def _ensure_possible(finding: Finding, at: datetime) -> tuple[Target, int]:
    """Return the target, locked, and the gate's version; two people do not waive the same."""
    gate = finding.result.gate
    if gate not in WAIVABLE:
        raise CannotWaive(
            f"What the gate “{gate}” refuses cannot be waived; {', '.join(sorted(WAIVABLE))} can."
        )
    if not finding.refuses:
        raise CannotWaive("This finding refuses nothing: there is nothing to waive.")
    report = finding.result.report
    if not finding.bound or report.target_id is None:
        raise CannotWaive(
            "This finding names no line that a waiver could be bound to; change the change."
        )
    target = Target.objects.select_for_update().get(pk=report.target_id)
    if waiver := _counting(at).filter(target=target, bound=finding.bound).first():
        name = waiver.waived_by.get_username()
        raise CannotWaive(f"{name} has waived this already, until {waiver.until:%Y-%m-%d}.")
    return target, next(one.VERSION for one in GATES if gate == one.NAME)
