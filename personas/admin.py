"""What does the back office show of agents, what they asked and what it cost?"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from unfold.admin import ModelAdmin

from audit.admin import ReadOnlyAdmin
from audit.log import Actor
from personas.ledger import own
from personas.models import Alert, Budget, Exchange, Line, Provisioned

LAST = 10


@admin.register(Provisioned)
class ProvisionedAdmin(ReadOnlyAdmin):
    """List the agents as they were last provisioned, each with what it asked last."""

    list_display = ["name", "provider", "model", "effort", "prompt_version", "provisioned_at"]
    list_filter = ["provider", "model"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Provisioned | None = None
    ) -> tuple[str, ...]:
        """Show the last exchanges to whoever may see exchanges."""
        given: tuple[str, ...] = tuple(super().get_readonly_fields(request, obj))
        may_see = request.user.has_perm("personas.view_exchange")
        return (*given, "last_exchanges") if may_see else given

    @admin.display(description="last exchanges")
    def last_exchanges(self, row: Provisioned) -> str:
        """Link each of the last exchanges, with what came of it and what it cost."""
        found = Exchange.objects.filter(agent=row.name).select_related("line", "target")[:LAST]
        said = [
            (one.get_absolute_url(), f"{one.at:%Y-%m-%d %H:%M} UTC", one.target.name,
             one.get_outcome_display(), one.cost_said)
            for one in found
        ]  # fmt: skip
        return (
            format_html_join(
                mark_safe("<br>"), '<a class="underline" href="{}">{}</a> {}: {}, {}', said
            )
            or "It has asked nothing yet."
        )


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    """List what agents asked."""

    list_display = ["at", "agent", "target", "model_asked", "outcome", "simulated"]
    list_filter = ["agent", "outcome", "simulated", "target"]
    list_select_related = ["target"]
    search_fields = ["purpose", "request_id"]
    show_full_result_count = False


@admin.register(Line)
class LineAdmin(ReadOnlyAdmin):
    """List what was set aside and billed."""

    list_display = ["reserved_at", "agent", "target", "model", "purpose", "state", "dollars"]
    list_filter = ["state", "agent", "simulated", "target"]
    list_select_related = ["target"]
    search_fields = ["purpose"]
    show_full_result_count = False


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """List which shares of budgets were told."""

    list_display = ["at", "budget", "period", "percent", "unit", "simulated"]
    list_filter = ["percent", "simulated"]


@admin.register(Budget)
class BudgetAdmin(ModelAdmin):  # type: ignore[misc]
    """Give a target budgets of its own; each change is on the log."""

    list_display = ["target", *own.FIELDS]
    fields = ["target", *own.FIELDS]
    actions = None

    def get_readonly_fields(
        self, request: HttpRequest, obj: Budget | None = None
    ) -> tuple[str, ...]:
        """Keep the target of a row from being changed."""
        return () if obj is None else ("target",)

    def has_delete_permission(self, request: HttpRequest, obj: Budget | None = None) -> bool:
        """Refuse: leave the fields empty instead, which the log tells."""
        return False

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        """Set the budgets, which records who did it."""
        limits = {name: getattr(obj, name) for name in own.FIELDS}
        actor = Actor.person(request.user)  # type: ignore[arg-type]
        obj.pk = own.set_for(obj.target, limits, actor=actor, at=timezone.now()).pk
