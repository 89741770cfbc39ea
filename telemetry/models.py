"""What happened to the agents: sources, events, patterns and their counts."""

from django.db import models

from targets.models import Target
from telemetry.doors.models import DoorTally, ErrorReport, Reflection, Token
from telemetry.events.redactions import RedactionDay
from telemetry.imports.records import Import
from telemetry.patterns.records import DiagnosisRule, Pattern, PatternAlias, PatternMove
from telemetry.patterns.vocabulary import EventType, Severity
from telemetry.rollups.tables import (
    PatternDay,
    PatternHour,
    PatternSession,
    SessionAgent,
    SessionTotal,
    ToolDay,
    ToolHour,
)
from telemetry.storing.tables import HeldEvent, Keeping, Turn

__all__ = [
    "Backend",
    "DiagnosisRule",
    "DoorTally",
    "ErrorReport",
    "Event",
    "EventType",
    "HeldEvent",
    "Import",
    "Keeping",
    "MinuteCount",
    "Pattern",
    "PatternAlias",
    "PatternDay",
    "PatternHour",
    "PatternMove",
    "PatternSession",
    "RedactionDay",
    "Reflection",
    "SessionAgent",
    "SessionTotal",
    "Severity",
    "Source",
    "Token",
    "ToolDay",
    "ToolHour",
    "Turn",
]


class Backend(models.TextChoices):
    """Name the collectors."""

    FILES = "files", "Log files"
    DOCKER = "docker", "Docker container logs"
    DOCKER_CLIENT = "docker_client", "Docker client"
    JOURNALD = "journald", "systemd journal"
    AUDIT_LOG = "audit_log", "JSON audit log"
    OTLP_FILES = "otlp_files", "OTLP files"


class Source(models.Model):
    """Say where a target's events are collected, and how far we have read."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="sources")
    backend = models.CharField(max_length=20, choices=Backend)
    location = models.CharField(
        max_length=500,
        help_text="A path or glob on this host; names of containers for the docker client;"
        " unit:NAME or identifier:NAME for the journal.",
    )
    enabled = models.BooleanField(default=True)
    cursor = models.JSONField(default=dict, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)
    last_line_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)  # why the place cannot be read, and what to do
    last_refusal = models.TextField(blank=True)  # why lines were refused the last time any was
    last_refused_at = models.DateTimeField(null=True, blank=True)
    places = models.PositiveIntegerField(default=0)  # files or containers found at the last look
    has_more = models.BooleanField(default=False)  # the last look ended before the lines did
    behind_bytes = models.BigIntegerField(null=True, blank=True)  # null: the outside cannot say
    recent = models.JSONField(default=list, blank=True)  # lines of the last minutes, see pace.py
    read_count = models.BigIntegerField(default=0)
    stored_count = models.BigIntegerField(default=0)
    refused_count = models.BigIntegerField(default=0)

    class Meta:
        """Name a place once per target."""

        constraints = [
            models.UniqueConstraint(fields=["target", "location"], name="source_unique_location")
        ]

    def __str__(self) -> str:
        """Show kind and place."""
        return f"{self.get_backend_display()}: {self.location}"


class Event(models.Model):
    """Keep one sanitised event; columns that a type does not have stay empty."""

    target = models.ForeignKey(
        Target, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    uid = models.CharField(max_length=64)
    event_type = models.CharField(max_length=20, choices=EventType)
    timestamp = models.DateTimeField()
    session_id = models.CharField(max_length=200)
    agent = models.CharField(max_length=200, blank=True)
    component = models.CharField(max_length=200, blank=True)  # the tool, or the task
    success = models.BooleanField(null=True)
    error_code = models.CharField(max_length=200, blank=True)
    error_message = models.TextField(blank=True)
    latency_ms = models.FloatField(null=True)
    correction_type = models.CharField(max_length=20, blank=True)
    error_category = models.CharField(max_length=200, blank=True)
    retry_count = models.PositiveIntegerField(null=True)
    final_status = models.CharField(max_length=50, blank=True)
    rating = models.CharField(max_length=20, blank=True)
    reason_category = models.CharField(max_length=40, blank=True)
    fingerprint = models.CharField(max_length=16, blank=True)
    given_fingerprint = models.CharField(max_length=200, blank=True)  # what the emitter calls it
    frames = models.TextField(blank=True)  # module:function on a line each, the innermost first

    class Meta:
        """Never keep an event twice; find them by time, component, session and fingerprint."""

        constraints = [
            # The moment is in it since PostgreSQL keeps each day apart; storing does the rest.
            models.UniqueConstraint(fields=["uid", "target", "timestamp"], name="event_once"),
        ]
        indexes = [
            models.Index(fields=["target", "timestamp"]),
            models.Index(fields=["target", "component", "timestamp"]),
            models.Index(fields=["target", "session_id", "timestamp"], name="event_in_session"),
            models.Index(
                fields=["target", "fingerprint", "timestamp"],
                name="event_by_fingerprint",
                condition=~models.Q(fingerprint=""),
            ),
        ]

    def __str__(self) -> str:
        """Show type and component."""
        return f"{self.event_type} {self.component}"


class MinuteCount(models.Model):
    """Count calls and failures of one component in one minute, or finer where the watch is."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()  # the start of the bucket
    component = models.CharField(max_length=200, blank=True)
    calls = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        """Keep one row per bucket and component."""

        constraints = [
            models.UniqueConstraint(fields=["target", "at", "component"], name="minute_unique")
        ]

    def __str__(self) -> str:
        """Show the counts."""
        return f"{self.failures}/{self.calls}"
