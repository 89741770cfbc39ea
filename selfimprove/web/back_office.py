"""How does each change that somebody makes in the back office come onto the log?

Our own records are read-only there, or record their changes themselves. Everything else that
registers there (people, roles, the queue's tables) is wrapped here, so that nothing is forgotten.
"""

import json
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.events import Event
from audit.log import Actor, record, stated
from selfimprove.models import ChatAccount

OURS = (
    *("audit", "targets", "telemetry", "validation", "personas"),
    *("proposals", "delivery", "evaluation", "notifications"),
)


class Recorded(admin.ModelAdmin[Any]):
    """Record each addition, change and removal, in the transaction of what it records."""

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Record what was added."""
        _note(Event.RECORD_ADDED, request, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Record what was changed; a new password is named as changed and not told."""
        _note(Event.RECORD_CHANGED, request, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        """Record what is removed."""
        for row in queryset:
            _note(Event.RECORD_REMOVED, request, row, "")
        return super().log_deletions(request, queryset)

    def changelist_view(self, request: HttpRequest, *args: Any, **words: Any) -> Any:
        """Let an action on many rows happen with its entries or not at all."""
        with transaction.atomic():
            return super().changelist_view(request, *args, **words)

    def user_change_password(self, request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
        """Let a new password be set with its entry or not at all; only people have this page."""
        with transaction.atomic():
            answer: HttpResponse = super().user_change_password(  # type: ignore[misc]
                request, *args, **words
            )
            return answer


def record_everything() -> None:
    """Wrap every page of the back office that others have registered."""
    for model, page in list(admin.site._registry.items()):
        if model._meta.app_label in OURS or isinstance(page, Recorded):
            continue
        wrapped = type(f"Recorded{type(page).__name__}", (Recorded, type(page)), {})
        admin.site.unregister(model)
        admin.site.register(model, wrapped)


def _note(event: Event, request: HttpRequest, row: models.Model, message: Any) -> None:
    now = timezone.now()
    with transaction.atomic():
        # A new name of a person is told with this, too.
        name = stated(Actor.person(row), at=now).pseudonym if isinstance(row, User) else row.pk
        record(
            event,
            actor=Actor.person(request.user),  # type: ignore[arg-type]
            subject=f"{row._meta.model_name}:{name}"[:200],
            at=now,
            facts={"record": row._meta.label, "changed": _changed(message), **_powers(row, now)},
        )


def _changed(message: Any) -> list[str]:
    """Name the fields that Django says were changed."""
    told = json.loads(message) if isinstance(message, str) and message else message or []
    parts = [part for line in told for part in line.values()]
    return sorted({str(field) for part in parts for field in part.get("fields", [])})


def _powers(row: models.Model, now: datetime) -> dict[str, Any]:
    """Say what somebody may do from now on."""
    if isinstance(row, ChatAccount):
        return {"acts_as": stated(Actor.person(row.person), at=now).pseudonym}
    if isinstance(row, Group):
        return {"permissions": _names(row.permissions.all())}
    if not isinstance(row, User):
        return {}
    return {
        "roles": sorted(row.groups.values_list("name", flat=True)),
        "permissions": _names(row.user_permissions.all()),
        "active": row.is_active,
        "staff": row.is_staff,
        "superuser": row.is_superuser,
    }


def _names(permissions: models.QuerySet[Any]) -> list[str]:
    pairs = permissions.values_list("content_type__app_label", "codename")
    return sorted(f"{room}.{name}" for room, name in pairs)
