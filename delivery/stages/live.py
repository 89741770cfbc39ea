"""How is it seen what a deployment says while it runs?"""

import logging
from collections.abc import Callable

from django.db import Error, connection, transaction

from delivery.models import Delivery, StageRun
from telemetry.sanitizer import sanitize

logger = logging.getLogger(__name__)
Hear = Callable[[str], None]
SHOWN = 20_000


def heard(delivery: Delivery) -> Hear:
    """Return what keeps the words of a deployment beside its run, for the page that watches it."""

    def hear(text: str) -> None:
        words = sanitize(text.replace("\0", "\ufffd"))[0][-SHOWN:]
        rows = StageRun.objects.filter(delivery=delivery, plan=delivery.plan, ended_at=None)
        try:
            with transaction.atomic():
                rows.filter(stage=delivery.stage, result="").update(output=words)
        except Error as error:
            # Whoever looks on sees less for a while; the deployment itself goes on.
            logger.warning("delivery %s: not shown: %s", delivery.pk, type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()

    return hear
