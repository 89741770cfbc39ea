"""Which patterns have a remedy that was declared effective, and which remedies were taken back?"""

from datetime import datetime

from audit.log import Actor
from proposals.models import Evidence, Proposal, Status
from telemetry.models import Pattern
from telemetry.patterns import merging, remedies

ACTOR = Actor.system("evaluation")
MOST_AT_ONCE = 200


def follow(now: datetime) -> int:
    """Tell telemetry what became of its patterns' remedies; return how much was news."""
    return _declare(now) + _withdraw(now)


def _declare(now: datetime) -> int:
    """Declare the remedies of implemented proposals, each once."""
    implemented = Evidence.objects.filter(proposal__status=Status.IMPLEMENTED)
    rows = implemented.select_related("proposal__delivery").order_by("proposal__updated_at")
    told = set(Pattern.objects.exclude(remedy="").values_list("pk", "remedy"))
    followed = merging.successors(rows.values_list("pattern_id", flat=True))
    latest = {followed[row.pattern_id]: row.proposal for row in rows}
    news = [
        (pattern, proposal)
        for pattern, proposal in latest.items()
        if (pattern, f"proposal:{proposal.pk}") not in told
    ]
    return sum(_declared(pattern, proposal, now) for pattern, proposal in news[:MOST_AT_ONCE])


def _declared(pattern: int, proposal: Proposal, now: datetime) -> bool:
    delivery = getattr(proposal, "delivery", None)
    return remedies.declare(
        pattern,
        remedy=f"proposal:{proposal.pk}",
        title=proposal.title,
        deployed_at=delivery.deployed_at if delivery else None,
        effective_at=proposal.updated_at,
        actor=ACTOR,
        at=now,
    )


def _withdraw(now: datetime) -> int:
    """Forget what is no longer implemented."""
    remedied = dict(Pattern.objects.filter(remedied_at__isnull=False).values_list("pk", "remedy"))
    ids = {remedy.partition(":")[2] for remedy in remedied.values()}
    still = Proposal.objects.filter(pk__in=ids, status=Status.IMPLEMENTED)
    standing = {f"proposal:{pk}" for pk in still.values_list("pk", flat=True)}
    gone = [pattern for pattern, remedy in remedied.items() if remedy not in standing]
    for pattern in gone[:MOST_AT_ONCE]:
        remedies.withdraw(pattern, at=now)
    return len(gone[:MOST_AT_ONCE])
