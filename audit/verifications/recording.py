"""How does the log itself tell that it was verified, and what came out?"""

from datetime import datetime
from typing import Any

from django.db import transaction

from audit import log
from audit.anchors.comparing import Compared
from audit.checks.walk import LONGEST_PROBLEM
from audit.events import Event
from audit.verify import SHOWN_PROBLEMS, Progress, Verdict, verify


def verify_and_record(
    *, actor: log.Actor, at: datetime, progress: Progress | None = None, since: int = 0
) -> Verdict:
    """Verify, and leave on the log that it was done and what came out."""
    verdict = verify(progress, since=since)
    with transaction.atomic():
        log.record(
            Event.LOG_VERIFIED,
            actor=actor,
            subject="log",
            at=at,
            facts={
                "ok": verdict.ok,
                "size": verdict.size,
                "since": verdict.since,
                "root": verdict.root,
                "checked": verdict.checked,
                "checkpoints": verdict.checkpoints,
                "problem_count": len(verdict.problems),
                "problems": [vars(problem) for problem in verdict.problems[:SHOWN_PROBLEMS]],
                "missing_triggers": list(verdict.unguarded),
                "unsealed": verdict.unsealed,
                "erased": verdict.erased,
                "outside": [_plain(place) for place in verdict.outside[:SHOWN_PROBLEMS]],
                "doubts": list(verdict.doubts[:SHOWN_PROBLEMS]),
                "remarks": [vars(remark) for remark in verdict.remarks[:SHOWN_PROBLEMS]],
            },
        )
    return verdict


def _plain(place: Compared) -> dict[str, Any]:
    title, at = place.title[:LONGEST_PROBLEM], place.at
    return {"title": title, "size": place.size, "at": log.moment(at) if at else ""}
