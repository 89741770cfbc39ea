"""What does the schedule ask of the log?"""

from django.utils import timezone

from audit import sequencer
from audit.anchors import publishing


def seal() -> str:
    """Give every waiting entry its place in the tree."""
    checkpoint = sequencer.seal(timezone.now())
    return f"sealed up to {checkpoint.size}" if checkpoint else "nothing to seal"


def publish() -> str:
    """Publish the newest checkpoint wherever it is due; name the places that did not take it."""
    outcomes = publishing.publish(timezone.now())
    return "; ".join(f"{one.title}: {one.words}" for one in outcomes) or "nothing is due"
