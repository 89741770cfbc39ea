"""What does the schedule ask of the log?"""

from django.db import connection, transaction
from django.utils import timezone

from audit import log, sequencer
from audit.anchors import publishing
from audit.checks import tips
from audit.events import Event
from audit.keys import ring
from audit.models import Checkpoint
from audit.verifications import carrying

ELSEWHERE = "this host does not hold the log's key: the host that does seals"


def seal() -> str:
    """Give every waiting entry its place in the tree, on the host that holds the log's key."""
    if _sealed_elsewhere():
        tips.tell(timezone.now())  # this host alone knows what it wrote last
        return ELSEWHERE
    checkpoint = sequencer.seal(timezone.now())
    return f"sealed up to {checkpoint.size}" if checkpoint else "nothing to seal"


def publish() -> str:
    """Publish the newest checkpoint wherever it is due; name the places that did not take it."""
    if _sealed_elsewhere():
        return ELSEWHERE
    outcomes = publishing.publish(timezone.now())
    return "; ".join(f"{one.title}: {one.words}" for one in outcomes) or "nothing is due"


def heartbeat() -> str:
    """Leave a sign of life, so that an hour without entries is no hour whose entries are gone."""
    last = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first()
    with transaction.atomic():
        log.record(
            Event.LOG_HEARTBEAT,
            actor=log.Actor.system("audit"),
            subject="log",
            at=timezone.now(),
            facts={"sealed": last or 0},
        )
    return "recorded"


def verify() -> str:
    """Carry out the verifications that people asked for."""
    return f"{carrying.carry_on(timezone.now)} verifications ended"


def _sealed_elsewhere() -> bool:
    """Tell whether another host may hold the log's key; a file of SQLite has one host only."""
    return connection.vendor == "postgresql" and not ring.seals_here()
