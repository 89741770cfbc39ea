"""What the back office shows of the log; it permits no change, to superusers too."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from audit.models import (
    TOLD,
    Anchor,
    Checkpoint,
    Citation,
    Entry,
    Erasure,
    KeyStatement,
    Node,
    Outlet,
    Payload,
    SavedFilter,
    Verification,
)
from audit.people import names


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Show rows and permit no add, change or delete."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer no bulk action."""
        return {}


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """List entries."""

    list_display = ["event", "about", "who", "target", "at_text"]
    list_filter = ["event", "actor_type"]
    search_fields = ["subject"]
    ordering = ["-id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Fetch with the entries what their names are found by."""
        found: QuerySet[Entry] = super().get_queryset(request).prefetch_related(*TOLD)
        return found

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Ask once who is meant on the whole page."""
        shown: ChangeList = super().get_changelist_instance(request)
        shown.result_list = list(shown.result_list)
        names.share(shown.result_list)
        return shown

    @admin.display(description="actor", ordering="actor")
    def who(self, entry: Entry) -> str:
        """Name who acted."""
        return entry.who

    @admin.display(description="subject", ordering="subject")
    def about(self, entry: Entry) -> str:
        """Name what it is about."""
        return entry.names.say(str(entry.subject))


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    """List checkpoints."""

    list_display = ["size", "root", "made_at"]
    ordering = ["-size"]


@admin.register(Citation)
class CitationAdmin(ReadOnlyAdmin):
    """List which entry rests on which."""

    list_display = ["entry_id", "cited"]
    search_fields = ["cited"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    """List the stored hashes over full runs of leaves."""

    list_display = ["level", "number", "node_hash"]
    ordering = ["-number"]


@admin.register(Payload)
class PayloadAdmin(ReadOnlyAdmin):
    """List which words are kept beside which entry."""

    list_display = ["entry_id", "name"]
    exclude = ["salt"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(Anchor)
class AnchorAdmin(ReadOnlyAdmin):
    """List what was published, and where."""

    list_display = ["size", "kind", "place", "reference", "at"]
    list_filter = ["kind"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """List which entry records the erasure of which other one's words."""

    list_display = ["erased_id", "entry_id"]
    ordering = ["-id"]


@admin.register(Outlet)
class OutletAdmin(ReadOnlyAdmin):
    """List the places and how publishing goes there."""

    list_display = ["kind", "place", "state", "detail", "since", "tried_at"]
    ordering = ["kind", "place"]


@admin.register(KeyStatement)
class KeyStatementAdmin(ReadOnlyAdmin):
    """List what the log key has said about other keys."""

    list_display = ["about", "made_at"]
    search_fields = ["about"]
    ordering = ["-id"]


@admin.register(SavedFilter)
class SavedFilterAdmin(ReadOnlyAdmin):
    """List the questions that people keep."""

    list_display = ["name", "owner", "shared"]


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin):
    """List the verifications that people asked for on the page."""

    list_display = ["asked_by", "asked_at", "since", "state", "checked", "size"]
    ordering = ["-id"]
