"""What is kept of a waiver."""

from datetime import datetime

from django.conf import settings
from django.db import models

from targets.models import Target


class Waiver(models.Model):
    """Let one finding pass for a while; it is never removed, only over."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="waivers")
    bound = models.CharField(max_length=64)  # names the one finding, see `binding`
    gate = models.CharField(max_length=40)
    version = models.PositiveIntegerField()  # of the gate that found it
    path = models.CharField(max_length=500)
    line = models.PositiveIntegerField(null=True)  # where it stood when it was waived
    message = models.TextField()
    proposal = models.UUIDField()  # whose check found it
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="waivers"
    )
    reason = models.TextField()
    at = models.DateTimeField()
    until = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.TextField(blank=True)
    entry_uid = models.UUIDField(unique=True)  # the audit entry of the same transaction

    class Meta:
        """Hold in the database that a waiver has a reason, an end, and one who took it back."""

        ordering = ["-at", "-pk"]
        permissions = [("waive_finding", "Can waive a finding of a check")]
        indexes = [models.Index(fields=["target", "bound"]), models.Index(fields=["until"])]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason="") & ~models.Q(bound=""), name="waiver_has_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("at")), name="waiver_has_an_end"
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by=None)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="waiver_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        """Show what is waived and until when."""
        return f"{self.gate}: {self.path} until {self.until:%Y-%m-%d}"

    def is_in_force(self, at: datetime) -> bool:
        """Tell whether it counts."""
        return self.withdrawn_at is None and self.at <= at < self.until

    def state(self, at: datetime) -> str:
        """Name where it stands: in force, expired or withdrawn."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "in force" if at < self.until else "expired"
