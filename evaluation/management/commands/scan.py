"""What does a week of one target show?"""

from evaluation.inspections.commanded import InspectingCommand
from evaluation.scan import scanning


class Command(InspectingCommand):
    """Scan a week now."""

    help = "Scan seven days of a target: what recurs, fails now and then, is stale or drifted."
    make = staticmethod(scanning.make)
