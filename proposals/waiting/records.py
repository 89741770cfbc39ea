"""What was told of a proposal that waits, so that nothing is told twice?"""

from django.db import models

from proposals.waiting.rules import Kind


class Notice(models.Model):
    """Keep one reminder, escalation or end; the number is of the text that waited."""

    proposal = models.ForeignKey(
        "proposals.Proposal", on_delete=models.CASCADE, related_name="notices"
    )
    version = models.PositiveIntegerField()  # of the proposal's state: a new text waits anew
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    told = models.CharField(max_length=40)  # to whom
    at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)  # the audit entry of the same transaction

    class Meta:
        """Tell each thing once."""

        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "version", "kind"], name="notice_told_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in Kind]),
                name="notice_kind_known",
            ),
        ]

    def __str__(self) -> str:
        """Show what was told to whom."""
        return f"{self.kind} to {self.told}"
