"""What runs: a row per tick with its lease, one per worker host, the loop's switch, the doors."""

from django.db import models

from selfimprove.api.records import ChangeCheck as ChangeCheck
from selfimprove.api.records import Remembered as Remembered
from selfimprove.chat.records import ChatAccount as ChatAccount
from selfimprove.chat.records import ChatArrival as ChatArrival
from selfimprove.chat.records import ChatReading as ChatReading


class RunState(models.TextChoices):
    """Say what a tick is doing."""

    IDLE = "IDLE", "Idle"
    QUEUED = "QUEUED", "Queued"
    RUNNING = "RUNNING", "Running"


class Run(models.Model):
    """Keep one tick's state; it cannot start twice while its lease lives."""

    name = models.CharField(max_length=60, primary_key=True)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.IDLE)
    wanted = models.BooleanField(default=False)  # asked for while running: run once more
    slot = models.DateTimeField(null=True)  # the moment of its schedule that was last asked for
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    owner = models.CharField(max_length=200, blank=True)  # host:pid of the worker that holds it
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    detail = models.TextField(blank=True)

    class Meta:
        """Name the switch that people press."""

        ordering = ["name"]
        permissions = [("pause_loop", "Can pause and resume the loop")]

    def __str__(self) -> str:
        """Show name and state."""
        return f"{self.name}: {self.state}"


class Heartbeat(models.Model):
    """Tell that a host's worker still finishes tasks."""

    host = models.CharField(max_length=200, primary_key=True)
    at = models.DateTimeField()
    pid = models.PositiveIntegerField()

    def __str__(self) -> str:
        """Show the host."""
        return self.host


class Switch(models.Model):
    """Hold the loop's pause; at most one row."""

    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=150, blank=True)
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        """Show the state."""
        return "paused" if self.paused_at else "running"
