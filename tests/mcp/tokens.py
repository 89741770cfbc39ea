"""How does a test make a token that acts in a person's name?"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from audit.log import Actor
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import Scope


def issue(
    target: Target, person: User | None, *scopes: Scope, at: datetime | None = None, **more: Any
) -> tokens.Issued:
    """Make a token with these scopes."""
    return tokens.issue(
        target,
        name=more.pop("name", "reviewer at a desk"),
        scopes=scopes,
        actor=Actor.person(person) if person else Actor("person", "ada"),
        at=at or timezone.now(),
        person=person,
        **more,
    )
