"""Did a remedy do away with its pattern, by how often it could have failed since?

A remedy is declared effective when nothing got worse. Whether its own pattern fails less is
another question: it is answered once the component was called often enough since.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from telemetry import series
from telemetry.models import Pattern
from telemetry.patterns import counts, weight
from telemetry.patterns.vocabulary import Proof

ACTOR = Actor.system("telemetry")
LONGEST = timedelta(days=7)  # that is looked back at
GIVEN_UP = timedelta(days=30)  # what is unclear by then stays so
PROOF = ("proof", "proof_words", "proven_at")
UNDECIDED = Q(remedied_from__isnull=False) & (Q(proof="") | Q(proof=Proof.UNCLEAR))


@dataclass(frozen=True)
class Exposed:
    """Count how often something failed, of how often it could have."""

    failures: int
    calls: int

    def __str__(self) -> str:
        """Write both, never a bare percentage."""
        return f"{self.failures} of {self.calls}"


def judged(before: Exposed, since: Exposed, least: int) -> Proof | None:
    """Judge a remedy; nothing before enough calls. Pure, and 99 % sure of either side.

    Effective: it fails less often than before. Ineffective: it does not fail half as often.
    """
    if since.calls < least or not before.calls:
        return None
    if weight.rate_has_risen(before.failures, before.calls, since.failures, since.calls):
        return Proof.EFFECTIVE
    if weight.rate_has_risen(since.failures, since.calls, before.failures, 2 * before.calls):
        return Proof.INEFFECTIVE
    return Proof.UNCLEAR


def prove(pattern: Pattern, now: datetime) -> bool:
    """Judge the remedy of a pattern if that can be done by now; say whether that is news."""
    began = pattern.remedied_from
    if began is None or now <= began or pattern.proof not in ("", Proof.UNCLEAR):
        return False
    before, since = exposed(pattern, now)
    found = judged(before, since, settings.SELFIMPROVE.telemetry.exposures)
    late = now - began > GIVEN_UP and pattern.proof == Proof.UNCLEAR
    if found is None or late or found == pattern.proof:
        return False
    pattern.proof, pattern.proven_at = found, now
    pattern.proof_words = f"failed in {before} calls before, and in {since} calls since"
    pattern.save(update_fields=PROOF)
    log.record(
        AuditEvent.PATTERN_PROVEN,
        actor=ACTOR,
        subject=f"pattern:{pattern.pk}",
        at=now,
        target=pattern.target.slug,
        reason=f"{Proof(found).label}: {pattern.proof_words}",
        texts={"template": pattern.template[:500]},
        facts={
            "component": pattern.component,
            "remedy": pattern.remedy,
            "proof": found.value,
            "failures_before": before.failures,
            "calls_before": before.calls,
            "failures_since": since.failures,
            "calls_since": since.calls,
        },
    )
    return True


def exposed(pattern: Pattern, now: datetime) -> tuple[Exposed, Exposed]:
    """Count before the remedy's deployment, for as long as since, and since."""
    began = pattern.remedied_from or now
    earlier = began - min(max(now - began, timedelta(days=1)), LONGEST)
    return _between(pattern, earlier, began), _between(pattern, began, now)


def _between(pattern: Pattern, start: datetime, end: datetime) -> Exposed:
    calls, _ = series.totals(pattern.target, start, end, component=pattern.component)
    failures = counts.between(pattern, start, end)
    return Exposed(failures, max(calls, failures))


def progress(pattern: Pattern, now: datetime) -> str:
    """Say how far the judgement is, or what it says."""
    if pattern.proof:
        return f"{Proof(pattern.proof).label}: it {pattern.proof_words}."
    if pattern.remedied_from is None or pattern.remedied_at is None:
        return ""
    _, since = exposed(pattern, now)
    least = settings.SELFIMPROVE.telemetry.exposures
    return f"Judged once it could have failed {least} times: {since.calls} calls so far."


def forget(pattern: Pattern) -> None:
    """Take what was judged of an earlier remedy off the row; the caller saves it."""
    pattern.proof, pattern.proof_words, pattern.proven_at = "", "", None
