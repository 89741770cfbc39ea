"""A process of its own that works on the test's database, and may kill itself at a chosen call.

Run as `python -m tests.proposals.elsewhere DATABASE FOLDER ACT A B [FUNCTION EVENT]`: it says that
it is ready, waits for a line, acts, and says how it ended. With a function (by its qualified name)
it dies by SIGKILL when that is called or returns.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any


def die_at(function: str, event: str) -> None:
    """Die when a function of this room, or of the clone it works on, is called or returns."""

    def watch(frame: FrameType, happened: str, argument: Any) -> None:
        code = frame.f_code
        ours = "/proposals/" in code.co_filename or "/targets/" in code.co_filename
        if happened == event and ours and code.co_qualname == function:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)


def act(name: str, first: str, second: str) -> str:
    """Do one thing and return how it ended."""
    from django.contrib.auth.models import User

    from audit.log import Actor
    from proposals import decision, intake
    from proposals.models import Proposal
    from proposals.publish import publish
    from targets.models import Target
    from tests.factories import NOW

    if name == "approve":
        proposal = Proposal.objects.get(pk=first)
        reviewer = User.objects.get(username=second)
        digest = proposal.document_digest
        decision.approve(proposal, reviewer=reviewer, document_digest=digest, at=NOW)
    elif name == "submit":
        intake.submit(
            target=Target.objects.get(slug=first),
            text=Path(second).read_text(),
            engine="person",
            author="carol",
            at=NOW,
            actor=Actor("person", "carol"),
        )
    elif name == "publish":
        publish(Target.objects.get(slug=first), NOW)
    return "done"


def main(database: str, folder: str, name: str, first: str, second: str, *point: str) -> None:
    """Wait for the word, act, and say how it ended."""
    import django
    from django.conf import settings
    from django.db import connections

    django.setup()
    settings.DATA_DIR = Path(folder)
    connections.databases["default"]["NAME"] = database
    from proposals.intake import DuplicateProposal
    from proposals.lifecycle import IllegalMove

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    if point:
        die_at(*point)
    try:
        sys.stdout.write(act(name, first, second))
    except (IllegalMove, DuplicateProposal) as refusal:
        sys.stdout.write(type(refusal).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
