"""Who may hand in events, what came through each door, and what people and agents reported."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.urls import reverse

from targets.models import Target


class Scope(models.TextChoices):
    """Name what a token opens."""

    EVENTS = "events", "Events"
    OTLP = "otlp", "OpenTelemetry"
    REFLECTIONS = "reflections", "Reflections"
    ERROR_REPORTS = "error-reports", "Error reports"
    METRICS = "metrics", "Metrics"  # the one that reads
    PROPOSALS_READ = "proposals:read", "Read proposals"
    PROPOSALS_DECIDE = "proposals:decide", "Decide about proposals"
    EVALUATION_RUN = "evaluation:run", "Start evaluations"
    PROPOSALS_WRITE = "proposals:write", "Hand in proposals"
    CHANGES_CHECK = "changes:check", "Have changes checked"
    GENERATIONS_RUN = "generations:run", "Run generations"


HANDING_IN = (Scope.EVENTS, Scope.OTLP, Scope.REFLECTIONS, Scope.ERROR_REPORTS)
OF_DOORS = (*HANDING_IN, Scope.METRICS)
# What is done in somebody's name, under that person's permissions.
OF_PERSONS = (
    *(Scope.PROPOSALS_READ, Scope.PROPOSALS_DECIDE, Scope.EVALUATION_RUN),
    *(Scope.PROPOSALS_WRITE, Scope.CHANGES_CHECK, Scope.GENERATIONS_RUN),
)
# Who decides about changes neither reports what they rest on nor has them written.
NOT_WITH_DECIDING = (
    *(*HANDING_IN, Scope.EVALUATION_RUN),
    *(Scope.PROPOSALS_WRITE, Scope.GENERATIONS_RUN),
)


class Token(models.Model):
    """Let an agent of one target hand in; of the token itself only its digest is kept."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="tokens")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )  # in whose name it acts, where it may do more than hand in and read metrics
    name = models.CharField(max_length=100)
    start = models.CharField(max_length=12)  # the first signs, so that people know it again
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        """Show the newest first."""

        ordering = ["-pk"]
        permissions = [("act_by_token", "Can let agents act in their own name")]

    def __str__(self) -> str:
        """Show the name and the first signs."""
        return f"{self.name} ({self.start}…)"

    def get_absolute_url(self) -> str:
        """Return the page where it is rotated and revoked."""
        if self.person_id:
            return reverse("mcp:page")
        return reverse("telemetry:connect", args=[self.target.slug])

    def is_open(self, now: datetime) -> bool:
        """Say whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class DoorTally(models.Model):
    """Count what one token handed in at one door, and why some of it was not kept."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="tallies")
    door = models.CharField(max_length=20)
    requests = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    dropped = models.BigIntegerField(default=0)  # nothing that we keep: no fault
    rejected = models.BigIntegerField(default=0)  # wrong values or a wrong clock
    refused = models.BigIntegerField(default=0)  # whole requests
    reasons = models.JSONField(default=dict)  # our own sentences, each with its count
    first_accepted_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)

    class Meta:
        """Keep one row per token and door."""

        verbose_name_plural = "door tallies"
        constraints = [models.UniqueConstraint(fields=["token", "door"], name="tally_unique")]

    def __str__(self) -> str:
        """Show the door and what came through it."""
        return f"{self.door}: {self.accepted} accepted"


class Reflection(models.Model):
    """Keep what worked and what failed in one session, as told or as counted by ourselves."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="reflections")
    uid = models.CharField(max_length=64)
    session_id = models.CharField(max_length=200)
    agent = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    derived = models.BooleanField(default=False)  # counted from events, not told by an agent
    worked = models.JSONField(default=list)  # tool, calls, success_rate
    failed = models.JSONField(default=list)  # tool, failure_mode, count
    proposed_change = models.TextField(blank=True)
    received_at = models.DateTimeField()

    class Meta:
        """Never keep a reflection twice."""

        constraints = [
            models.UniqueConstraint(fields=["target", "uid"], name="reflection_unique_uid")
        ]
        indexes = [models.Index(fields=["target", "at"], name="reflection_by_time")]

    def __str__(self) -> str:
        """Show the session."""
        return f"{self.agent} in {self.session_id}"


class Gravity(models.TextChoices):
    """Grade an error report as its sender does."""

    DEBUG = "debug", "Debug"
    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    ERROR = "error", "Error"
    FATAL = "fatal", "Fatal"


class ErrorReport(models.Model):
    """Keep what another system reported as an error, sanitised."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="error_reports")
    uid = models.CharField(max_length=64)
    source = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    message = models.TextField(blank=True)
    frames = models.JSONField(default=list)  # "module:function" of the top ones
    severity = models.CharField(max_length=10, choices=Gravity, default=Gravity.ERROR)
    occurred_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    url = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        """Never keep a report twice."""

        constraints = [
            models.UniqueConstraint(fields=["target", "uid"], name="error_report_unique_uid"),
            models.CheckConstraint(
                condition=models.Q(severity__in=Gravity.values), name="error_report_severity_known"
            ),
        ]
        indexes = [models.Index(fields=["target", "occurred_at"], name="error_report_by_time")]

    def __str__(self) -> str:
        """Show source and title."""
        return f"{self.source}: {self.title}"
