"""What is kept of changes that programs have checked, and of requests that may come twice?"""

import uuid

from django.conf import settings
from django.db import models

from targets.models import Target
from telemetry.doors.models import Token


class CheckState(models.TextChoices):
    """Say how far the check of a change is."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"


class ChangeCheck(models.Model):
    """Keep one change that a program has asked about, until its report is too old."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="+")
    writer = models.CharField(max_length=150)  # as the policies see whoever asks
    base = models.CharField(max_length=200, blank=True)  # as it was named; empty: the head
    diff = models.TextField(blank=True)  # empty once it was judged: it may hold what a gate found
    diff_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=CheckState, default=CheckState.WAITING)
    claim = models.UUIDField(null=True)  # of whoever checks it: another one may take it over
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    gate = models.CharField(max_length=40, blank=True)
    gate_at = models.DateTimeField(null=True)
    answered = models.PositiveSmallIntegerField(default=0)
    lines = models.TextField(blank=True)  # the last ones that the target's code said
    stopped_by = models.CharField(max_length=150, blank=True)
    report = models.JSONField(null=True)  # as `validate --json` prints it

    class Meta:
        """Find what waits, and keep a report with every end."""

        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["state", "asked_at"], name="change_check_waiting")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=CheckState.values), name="change_check_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[CheckState.WAITING, CheckState.RUNNING])
                | models.Q(ended_at__isnull=False, diff=""),
                name="change_check_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        """Show id and state."""
        return f"{str(self.pk)[:8]} ({self.get_state_display()})"


class Remembered(models.Model):
    """Keep the answer to a request that may come again under the same Idempotency-Key."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # of what was asked
    status = models.PositiveSmallIntegerField(null=True)  # none: it is being answered
    answer = models.JSONField(null=True)
    place = models.CharField(max_length=200, blank=True)  # the Location of the answer
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Answer a key of a token once."""

        verbose_name_plural = "remembered answers"
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="remembered_once")]

    def __str__(self) -> str:
        """Show the key."""
        return self.key
