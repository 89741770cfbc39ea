"""A process of its own that moves two objects from state to state until it is killed.

Run as `python -m tests.flow.moving DATABASE FOLDER PROPOSAL DELIVERY`; it writes a line per move.
"""

import sys
from pathlib import Path


def main(database: str, folder: str, proposal: str, delivery: str) -> None:
    """Move on and on; each move is one transaction of the kind that the application makes."""
    import django
    from django.conf import settings
    from django.db import connections

    django.setup()
    settings.DATA_DIR = Path(folder)
    connections.databases["default"]["NAME"] = database
    from delivery.models import Delivery
    from proposals.models import Proposal
    from tests.tied import place

    one, other = Proposal.objects.get(pk=proposal), Delivery.objects.get(pk=delivery)
    while True:
        for status, stage in (("PR_OPEN", "merge"), ("APPROVED", "validate")):
            place(one, status=status)
            place(other, stage=stage)
            sys.stdout.write(f"{stage}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
