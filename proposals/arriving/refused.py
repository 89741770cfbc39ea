"""Who hands in what, and where does it go when it is no proposal?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from proposals.models import RejectedInput
from targets.models import Target
from telemetry.sanitizer import sanitize


@dataclass(frozen=True)
class Submission:
    """One text on its way in, and who brings it."""

    target: Target
    text: str
    engine: str
    author: str
    at: datetime
    actor: Actor
    playbook: str
    parameter: str
    door: Mapping[str, object] = field(default_factory=dict)  # by which way in, if it says so
    repairs: str = ""  # what was overlooked before it came here as a diff


def keep(given: Submission, reason: str) -> None:
    """Keep what was no proposal, without its secrets, so that nothing handed in is lost."""
    text = given.text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    clean = sanitize(text.encode("utf-8", "replace").decode())[0]
    why = sanitize(reason)[0]
    with transaction.atomic():
        RejectedInput.objects.create(
            target=given.target,
            engine=given.engine,
            author=given.author,
            text=clean,
            reason=why,
            at=given.at,
        )
        record(
            Event.PROPOSAL_REFUSED,
            actor=given.actor,
            subject=f"target:{given.target.slug}",
            target=given.target.slug,
            at=given.at,
            reason=why,
            facts={"engine": given.engine, "characters": len(given.text), **given.door},
        )
