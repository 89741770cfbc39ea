"""How is everything now: the loop, the targets, what waits for a person, what is at work?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count
from django.utils import timezone

from delivery.models import Delivery
from evaluation.ideas.records import Idea, Stand
from generations.models import Generation, Loop
from generations.reporting import listing
from proposals.models import Proposal, Status
from proposals.revising import asked
from selfimprove.console import clock
from selfimprove.console.state import loop_state
from targets.models import Target


class Command(BaseCommand):
    """Exit 0: the loop runs. 1: it does not, and the first line says why."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer an answer for programs."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, print, and end with the exit code that fits."""
        found = gather(timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
        else:
            self.stdout.write("\n".join(lines(found)))
        if not found["loop"]["runs"]:
            raise SystemExit(1)


def gather(now: datetime) -> dict[str, Any]:
    """Gather it for a program."""
    state = loop_state(now)
    return {
        "loop": {"runs": state.is_well, "words": state.words, "why": state.why},
        "next_evaluation": clock.next_evaluation(now).isoformat(),
        "targets": [_target(target) for target in Target.objects.all()],
        "proposals": _proposals(),
        "to_revise": Proposal.objects.filter(asked.is_asked(), status=Status.PENDING).count(),
        "ideas_waiting": Idea.objects.filter(status=Stand.OPEN).count(),
        "deliveries": [_delivery(row) for row in _at_work()],
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Write it for a terminal."""
    loop = found["loop"]
    later = _minute(found["next_evaluation"])
    yield f"{loop['words']}: {loop['why']} Next evaluation at {later} UTC."
    waiting = found["proposals"].get(Status.PENDING.lower(), 0) - found["to_revise"]
    wanted = found["to_revise"]
    later = f" Changes are requested of {wanted}." if wanted else ""
    yield f"Await a person: {waiting} proposals, {found['ideas_waiting']} ideas.{later}"
    for row in found["deliveries"]:
        yield f"Delivery {row['id']} of {row['target']}: {row['stage']}, “{row['title']}”"
    if not found["targets"]:
        yield "There is no target yet: manage.py target add."
    for target in found["targets"]:
        paused = ", paused" if target["paused"] else ""
        yield f"{target['slug']}: {target['state'].lower()}{paused}, {target['head'] or 'no head'}"
        yield from (f"  {words}" for words in _generations_in_words(target))


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _target(target: Target) -> dict[str, Any]:
    mine = Generation.objects.filter(target=target).select_related("target")
    mine = mine.defer("diff", "plan", "review", "brief")
    at_work, last = mine.filter(outcome="").first(), mine.exclude(outcome="").first()
    loop = Loop.objects.filter(target=target, ended_at=None).first()
    ends = mine.exclude(outcome="").order_by().values_list("outcome").annotate(n=Count("pk"))
    return {
        "slug": target.slug,
        "state": target.state,
        "paused": target.paused,
        "head": target.head_commit[:12],
        "generation_at_work": listing.plain(at_work) if at_work else None,
        "activity": at_work.activity if at_work else "",
        "last_generation": listing.plain(last) if last else None,
        "generations": {outcome.lower(): count for outcome, count in ends},
        "loop": {"wanted": loop.wanted, "begun": loop.generations.count()} if loop else None,
    }


def _generations_in_words(target: dict[str, Any]) -> Iterator[str]:
    if at_work := target["generation_at_work"]:
        doing = f": {target['activity']}" if target["activity"] else ""
        yield f"generation {at_work['number']} is at work, phase {at_work['phase']}{doing}"
    if loop := target["loop"]:
        yield f"{loop['begun']} of {loop['wanted']} generations in a row are begun"
    if last := target["last_generation"]:
        why = f": {last['reason']}" if last["reason"] else ""
        yield f"generation {last['number']} ended {last['outcome'].lower()}{why}"
        counts = ", ".join(f"{n} {name}" for name, n in sorted(target["generations"].items()))
        yield f"generations in all: {counts}"


def _proposals() -> dict[str, int]:
    rows = Proposal.objects.order_by().values_list("status").annotate(n=Count("pk"))
    return {status.lower(): count for status, count in rows}


def _at_work() -> list[Delivery]:
    rows = Delivery.objects.filter(outcome="").select_related("proposal", "target")
    return list(rows.defer("proposal__document", "proposal__diff").order_by("started_at"))


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.pk,
        "target": row.target.slug,
        "stage": row.stage,
        "title": row.proposal.title,
        "errors_in_row": row.errors_in_row,
        "started_at": row.started_at.isoformat(),
    }
