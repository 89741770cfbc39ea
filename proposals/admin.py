"""What the back office shows of proposals; it changes nothing, decisions are made on the page."""

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from proposals.models import (
    Announcement,
    ChangeRequest,
    Comment,
    Evidence,
    FailedRevision,
    Held,
    Judgement,
    Notice,
    Passage,
    Proposal,
    RejectedInput,
    RequestEnd,
    Review,
    Revision,
    RunningCheck,
    StandingApproval,
    Thread,
    Transition,
)
from proposals.rehearsed.records import Rehearsal, RehearsedStep


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    """List proposals; “view on site” leads to the page where they are decided."""

    list_display = ["title", "target", "status", "severity", "risk", "engine", "created_at"]
    list_filter = ["status", "severity", "engine", "target"]
    search_fields = ["title", "author", "path"]
    list_select_related = ["target"]
    view_on_site = True


@admin.register(Transition)
class TransitionAdmin(ReadOnlyAdmin):
    """List moves."""

    list_display = ["proposal", "version", "source", "destination", "actor", "at", "commit"]
    list_filter = ["destination", "actor_type"]
    list_select_related = ["proposal"]
    ordering = ["-id"]


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """List decisions with what they bind."""

    list_display = ["proposal", "reviewer", "approved", "category", "at", "document_digest"]
    list_filter = ["approved", "category"]
    list_select_related = ["proposal", "reviewer"]


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    """List what was counted."""

    list_display = ["proposal", "pattern", "count", "session_count", "last_seen"]
    list_select_related = ["proposal", "pattern"]


@admin.register(Rehearsal)
class RehearsalAdmin(ReadOnlyAdmin):
    """List rehearsals."""

    list_display = ["proposal", "result", "words", "made_at"]
    list_filter = ["result"]
    list_select_related = ["proposal"]
    ordering = ["-id"]


@admin.register(RehearsedStep)
class RehearsedStepAdmin(ReadOnlyAdmin):
    """List the deploy steps of rehearsals."""

    list_display = ["name", "rehearsal", "way", "result", "timeout_seconds"]
    list_filter = ["result", "way"]
    list_select_related = ["rehearsal"]
    ordering = ["-id"]


@admin.register(RejectedInput)
class RejectedInputAdmin(ReadOnlyAdmin):
    """List what was no proposal, and why."""

    list_display = ["reason", "target", "engine", "author", "at"]
    list_filter = ["engine", "target"]
    ordering = ["-id"]


@admin.register(RunningCheck)
class RunningCheckAdmin(ReadOnlyAdmin):
    """List the checks that are at work."""

    list_display = ["proposal", "gate", "started_at", "beat_at", "stopped_by"]
    list_select_related = ["proposal"]
    ordering = ["-started_at"]


@admin.register(StandingApproval)
class StandingApprovalAdmin(ReadOnlyAdmin):
    """List standing approvals; they come and go on their page, with their entries."""

    list_display = ["id", "target", "status", "risk", "granted_by", "confirmed_by", "until"]
    list_filter = ["status", "target"]
    list_select_related = ["target", "granted_by", "confirmed_by"]


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnlyAdmin):
    """List what was said to be approved when."""

    list_display = ["proposal", "standing", "announced_at", "due_at", "ended_at", "because"]
    list_select_related = ["proposal", "standing"]


@admin.register(Passage)
class PassageAdmin(ReadOnlyAdmin):
    """List what was let through."""

    list_display = ["proposal", "standing", "risk", "at"]
    list_select_related = ["proposal", "standing"]


@admin.register(Judgement)
class JudgementAdmin(ReadOnlyAdmin):
    """List what generations said of their changes."""

    list_display = ["proposal", "label", "generation", "at"]
    list_filter = ["label"]
    list_select_related = ["proposal"]
    ordering = ["-id"]


@admin.register(Held)
class HeldAdmin(ReadOnlyAdmin):
    """List what is kept for people."""

    list_display = ["proposal", "by", "at", "reason"]
    list_select_related = ["proposal", "by"]
    ordering = ["-id"]


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """List what was told of proposals that wait."""

    list_display = ["proposal", "kind", "told", "version", "at"]
    list_filter = ["kind", "told"]
    list_select_related = ["proposal"]
    ordering = ["-id"]


@admin.register(Thread)
class ThreadAdmin(ReadOnlyAdmin):
    """List where something is talked about."""

    list_display = ["id", "proposal", "path", "side", "line", "resolved_uid", "opened_at"]
    list_select_related = ["proposal"]
    search_fields = ["path"]
    ordering = ["-id"]


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """List that something was said; the words stand on the log, where they can be erased."""

    list_display = [
        "uid",
        "thread",
        "author",
        "origin",
        "verdict",
        "at",
        "edited_at",
        "removed_at",
    ]
    list_filter = ["origin", "verdict"]
    list_select_related = ["thread", "author"]
    ordering = ["-id"]


@admin.register(ChangeRequest)
class ChangeRequestAdmin(ReadOnlyAdmin):
    """List what people want changed."""

    list_display = ["proposal", "number", "asked_by", "reason", "at"]
    list_select_related = ["proposal", "asked_by"]
    ordering = ["-id"]


@admin.register(RequestEnd)
class RequestEndAdmin(ReadOnlyAdmin):
    """List how requests for changes ended."""

    list_display = ["request", "how", "who", "reason", "at"]
    list_filter = ["how"]
    list_select_related = ["request"]
    ordering = ["-id"]


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    """List which version follows which."""

    list_display = ["proposal", "number", "previous", "at"]
    list_select_related = ["proposal", "previous"]
    ordering = ["-id"]


@admin.register(FailedRevision)
class FailedRevisionAdmin(ReadOnlyAdmin):
    """List what was tried and came to nothing."""

    list_display = ["request", "source", "reason", "at"]
    list_select_related = ["request"]
    ordering = ["-id"]
