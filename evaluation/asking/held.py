"""Who evaluates or scans which target right now?"""

from django.db import models

from targets.models import Target


class Held(models.Model):
    """Keep who is at a target, for as long as that goes on."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=20)  # evaluated or scanned
    owner = models.UUIDField(unique=True)
    beat_at = models.DateTimeField()  # the last sign of life

    class Meta:
        """Let one do it at a time."""

        verbose_name_plural = "held"
        constraints = [models.UniqueConstraint(fields=["target", "what"], name="held_by_one")]

    def __str__(self) -> str:
        """Show what is done to which target."""
        return f"{self.target_id} is being {self.what}"
