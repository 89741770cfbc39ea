"""From which accepted generation does one descend?"""

from generations.models import Generation, Outcome
from proposals.models import Status


def parent_of(generation: Generation) -> Generation | None:
    """Return the newest accepted generation whose change is in force, if there is one."""
    accepted = Generation.objects.filter(
        target=generation.target,
        outcome=Outcome.ACCEPTED,
        proposal__status=Status.IMPLEMENTED,
    ).exclude(pk=generation.pk)
    return accepted.order_by("-pk").first()
