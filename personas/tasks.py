"""What does the schedule ask of the personas room?"""

from django.utils import timezone

from personas import exchanges
from personas.ledger import lines


def sweep() -> str:
    """Give up what killed workers had reserved."""
    return f"{len(lines.sweep(timezone.now()))} reservations lost"


def expire() -> str:
    """Take away texts of exchanges that are older than is kept."""
    return f"{exchanges.expire(timezone.now())} exchanges without their texts"
