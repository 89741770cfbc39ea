"""Which failures of the running system could a generation work on?"""

from collections.abc import Iterator, Mapping

from generations.choosing.focus import Focus
from generations.choosing.measured import often
from proposals.models import OPEN
from targets.models import Target
from telemetry.models import Pattern, Severity
from telemetry.patterns.vocabulary import State

UNSOLVED = (State.NEW, State.ONGOING, State.ESCALATING, State.RECURRED)
WEIGHTS: Mapping[str, float] = {
    Severity.LOW: 1.0,
    Severity.MEDIUM: 2.0,
    Severity.HIGH: 4.0,
    Severity.CRITICAL: 8.0,
}
MOST = 200


def focuses(target: Target) -> Iterator[Focus]:
    """Yield the patterns that nobody has settled and no open proposal answers."""
    held = Pattern.objects.filter(target=target, state__in=UNSOLVED, merged_into=None)
    answered = held.filter(evidence__proposal__status__in=OPEN)
    for pattern in held.exclude(pk__in=answered.values("pk")).order_by("-count", "pk")[:MOST]:
        yield Focus(
            fingerprint=f"pattern:{pattern.pk}",
            words=f"{pattern.count} × {pattern.subject}: {pattern.template}"[:2000],
            severity=WEIGHTS[pattern.severity],
            recurrence=often(pattern.count),
            facts={
                "pattern": pattern.pk,
                "component": pattern.component,
                "error_code": pattern.error_code,
                "template": pattern.template,
                "diagnosis": pattern.diagnosis,
                "severity": pattern.severity,
                "count": pattern.count,
                "sessions": pattern.session_count,
            },
        )
