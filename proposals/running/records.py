"""What is kept of a check while it runs."""

import uuid

from django.db import models


class RunningCheck(models.Model):
    """Say that somebody checks a proposal; gone when it is done, taken over when nobody beats."""

    proposal = models.OneToOneField(
        "proposals.Proposal", on_delete=models.CASCADE, related_name="running_check"
    )
    token = models.UUIDField(default=uuid.uuid4)  # of whoever runs it: another one took it over
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)
    gate = models.CharField(max_length=40, blank=True)
    gate_at = models.DateTimeField(null=True)
    answered = models.PositiveSmallIntegerField(default=0)
    lines = models.TextField(blank=True)  # the last ones that the target's code said
    stopped_by = models.CharField(max_length=150, blank=True)

    class Meta:
        """Name who may end a check."""

        permissions = [("stop_check", "Can stop a check and ask for another")]

    def __str__(self) -> str:
        """Show the gate that is at work."""
        return self.gate or "begins"
