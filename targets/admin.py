"""How are targets configured in the back office? Their state is shown there, never edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from audit.log import Actor
from targets import registry
from targets.forms import TargetForm
from targets.models import Target

FOUND = ("state", "state_detail", "head_commit", "fetched_at", "created_at")


@admin.register(Target)
class TargetAdmin(ModelAdmin):  # type: ignore[misc]
    """Add targets and change their configuration; each change is on the log."""

    form = TargetForm
    list_display = ["slug", "name", "state", "branch", "paused", "fetched_at"]
    list_filter = ["state", "paused"]
    search_fields = ["slug", "name", "origin"]
    actions = None
    fieldsets = [
        (None, {"fields": ["slug", *registry.CONFIGURATION]}),
        ("Found", {"fields": FOUND}),
    ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Target | None = None
    ) -> tuple[str, ...]:
        """Keep what was found from being edited, and the name that folders and the log use."""
        return FOUND if obj is None else ("slug", *FOUND)

    def has_delete_permission(self, request: HttpRequest, obj: Target | None = None) -> bool:
        """Refuse: the log and the proposals of a target outlive its use; pause it instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Target, form: Any, change: bool) -> None:
        """Hand the configuration to the registry, which checks and records it."""
        actor = Actor.person(request.user)  # type: ignore[arg-type]
        if change:
            registry.change(obj, actor=actor, at=timezone.now())
            return
        wanted = {key: getattr(obj, key) for key in registry.CONFIGURATION if key != "paused"}
        added = registry.add(slug=obj.slug, **wanted, actor=actor, at=timezone.now())
        obj.pk = added.pk
