"""What do the sessions since the last pass say should be maintained?"""

from evaluation.inspections.commanded import InspectingCommand
from evaluation.maintenance import passing


class Command(InspectingCommand):
    """Make a maintenance pass now."""

    help = "Count what failed since the last maintenance pass, and raise ideas for a person."
    make = staticmethod(passing.make)
