"""What a proposal is, how far it has come, and who decided what about which text."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from audit.models import Transition as Tied
from audit.ties.declared import Tie
from proposals.rehearsed.records import Rehearsal as Rehearsal
from proposals.rehearsed.records import RehearsedStep as RehearsedStep
from proposals.revising.records import ChangeRequest as ChangeRequest
from proposals.revising.records import FailedRevision as FailedRevision
from proposals.revising.records import RequestEnd as RequestEnd
from proposals.revising.records import Revision as Revision
from proposals.running.records import RunningCheck as RunningCheck
from proposals.standing.records import Announcement as Announcement
from proposals.standing.records import Held as Held
from proposals.standing.records import Judgement as Judgement
from proposals.standing.records import Passage as Passage
from proposals.standing.records import StandingApproval as StandingApproval
from proposals.threads.records import Comment as Comment
from proposals.threads.records import Thread as Thread
from proposals.waiting.records import Notice as Notice
from targets.models import Target
from telemetry.models import Pattern, Severity
from validation.models import Report


class Status(models.TextChoices):
    """Say where a proposal stands."""

    PENDING = "PENDING", "Awaiting review"
    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Rejected"
    PR_OPEN = "PR_OPEN", "In delivery"
    IMPLEMENTED = "IMPLEMENTED", "Implemented"
    REVERTED = "REVERTED", "Reverted"
    FAILED = "FAILED", "Failed"
    SUPERSEDED = "SUPERSEDED", "Superseded"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return _TONES[self]


_TONES = {
    Status.PENDING: "accent",
    Status.APPROVED: "accent",
    Status.REJECTED: "quiet",
    Status.PR_OPEN: "accent",
    Status.IMPLEMENTED: "good",
    Status.REVERTED: "warn",
    Status.FAILED: "bad",
    Status.SUPERSEDED: "quiet",
}
DECIDED = [Status.APPROVED, Status.REJECTED, Status.PR_OPEN, Status.IMPLEMENTED, Status.REVERTED]
OPEN = [Status.PENDING, Status.APPROVED, Status.PR_OPEN]


class Kind(models.TextChoices):
    """Name the three templates."""

    BUGFIX = "bugfix", "Bug fix"
    OPTIMIZATION = "optimization", "Optimization"
    ENHANCEMENT = "enhancement", "Enhancement"


class Risk(models.TextChoices):
    """Grade what could go wrong."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Engine(models.TextChoices):
    """Say who wrote the words."""

    EMBEDDED = "embedded", "Rule engine — no language model was called"
    ANTHROPIC = "anthropic", "Language model"
    BEDROCK = "bedrock", "Language model at Bedrock"
    SCRIPTED = "scripted", "Simulated"
    PERSON = "person", "Written by a person"
    PROGRAM = "program", "Handed in by a program"


class Proposal(models.Model):
    """Hold one change on its way; git owns the words, the database owns the status."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=200)
    severity = models.CharField(max_length=10, choices=Severity)
    risk = models.CharField(max_length=10, choices=Risk)
    engine = models.CharField(max_length=20, choices=Engine)
    author = models.CharField(max_length=150)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    version = models.PositiveIntegerField(default=0)  # of the status; one more per transition
    last_transition = models.OneToOneField(
        Tied, on_delete=models.PROTECT, related_name="+", editable=False
    )  # which the log holds, and which says the same as status and version
    document = models.TextField()
    document_digest = models.CharField(max_length=64)
    path = models.CharField(max_length=300)
    commit = models.CharField(max_length=64, blank=True)  # where the words were last published
    base_commit = models.CharField(max_length=64)
    diff = models.TextField()  # canonical, as git writes it
    diff_digest = models.CharField(max_length=64)
    handed_in = models.TextField(blank=True)  # the diff as it came, where it had to be repaired
    affected_files = models.JSONField(default=list)
    playbook = models.CharField(max_length=80, blank=True)
    parameter = models.CharField(max_length=200, blank=True)
    report = models.ForeignKey(
        Report, on_delete=models.SET_NULL, null=True, blank=True, related_name="proposals"
    )
    reviewer = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        """Hold the lifecycle's invariants in the database."""

        ordering = ["-created_at"]
        permissions = [("decide_proposal", "Can approve and reject proposals")]
        indexes = [
            models.Index(fields=["status", "-created_at"]),
            models.Index(fields=["target", "status"]),
            models.Index(fields=["diff_digest"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="proposal_status_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=DECIDED) | ~models.Q(reviewer=""),
                name="proposal_decided_has_reviewer",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=[Status.REJECTED, Status.REVERTED, Status.FAILED])
                | ~models.Q(reason=""),
                name="proposal_ended_badly_has_reason",
            ),
        ]

    def __str__(self) -> str:
        """Show the title."""
        return self.title

    def get_absolute_url(self) -> str:
        """Return the proposal's page."""
        return reverse("proposals:detail", args=[self.pk])


STATE = Tie("proposal", Proposal, ("status",), Status.PENDING.value)


class Transition(models.Model):
    """Keep one move of a proposal; the first one, to PENDING, is its creation."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="transitions")
    version = models.PositiveIntegerField()
    source = models.CharField(max_length=20, blank=True)
    destination = models.CharField(max_length=20, choices=Status)
    actor_type = models.CharField(max_length=10)
    actor = models.CharField(max_length=150)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)  # the audit entry of the same transaction
    commit = models.CharField(max_length=64, blank=True)  # on the proposals branch, once published

    class Meta:
        """Number a proposal's moves without a gap or a double."""

        ordering = ["proposal", "version"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "version"], name="transition_unique"),
        ]
        indexes = [models.Index(fields=["commit", "id"])]

    def __str__(self) -> str:
        """Show the move."""
        return f"{self.source} → {self.destination}"


class Category(models.TextChoices):
    """Name why a proposal is turned down, so that "no" can be learned from."""

    WRONG_DIAGNOSIS = "wrong_diagnosis", "Wrong diagnosis"
    WRONG_FIX = "wrong_fix", "Wrong fix"
    TOO_RISKY = "too_risky", "Too risky"
    NOT_NOW = "not_now", "Not now"
    DUPLICATE = "duplicate", "Duplicate"
    OTHER = "other", "Other"


class Review(models.Model):
    """Bind a person's decision to exactly what was read."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    approved = models.BooleanField()
    category = models.CharField(max_length=40, blank=True)  # of a rejection
    reason = models.TextField(blank=True)
    document_digest = models.CharField(max_length=64)
    diff_digest = models.CharField(max_length=64)
    base_commit = models.CharField(max_length=64)
    policy_digest = models.CharField(max_length=64, blank=True)
    report_digest = models.CharField(max_length=64, blank=True)
    weaker_tests = models.JSONField(default=list)  # the findings that this person accepted
    at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)

    class Meta:
        """Let a person decide once per text."""

        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "reviewer", "document_digest"], name="review_once"
            ),
            models.CheckConstraint(
                condition=models.Q(approved=True) | ~models.Q(reason=""),
                name="review_rejection_has_reason",
            ),
        ]

    def __str__(self) -> str:
        """Show the verdict."""
        return f"{self.reviewer}: {'approved' if self.approved else 'rejected'}"


class Evidence(models.Model):
    """Keep what was counted when the proposal was written."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="evidence")
    pattern = models.ForeignKey(Pattern, on_delete=models.PROTECT, related_name="evidence")
    count = models.PositiveIntegerField()
    session_count = models.PositiveIntegerField()
    agents = models.JSONField(default=list)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    event_uids = models.JSONField(default=list)
    samples = models.JSONField(default=list)

    class Meta:
        """Count a pattern once per proposal."""

        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["proposal", "pattern"], name="evidence_unique")
        ]

    def __str__(self) -> str:
        """Show the count."""
        return f"{self.count} × {self.pattern_id}"


class RejectedInput(models.Model):
    """Keep an answer that was no proposal, with the reason."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="rejected_inputs")
    engine = models.CharField(max_length=20, choices=Engine)
    author = models.CharField(max_length=150)
    text = models.TextField()  # sanitised
    reason = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Show the reason."""
        return self.reason[:80]
