"""What is kept of an answer."""

from django.db import models


class Answer(models.Model):
    """Keep what a gate said, under a name that holds everything it depends on."""

    key = models.CharField(max_length=64, unique=True)
    gate = models.CharField(max_length=40)
    answer = models.JSONField()
    kept_at = models.DateTimeField(db_index=True)
    until = models.DateTimeField(db_index=True)

    class Meta:
        """Keep the newest first."""

        ordering = ["-kept_at", "-pk"]

    def __str__(self) -> str:
        """Show the gate and the start of the name."""
        return f"{self.gate} {self.key[:12]}"
