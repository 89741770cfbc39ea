"""What woke an evaluation, and which evaluation answered?"""

from django.db import models

from targets.models import Target


class Trigger(models.TextChoices):
    """Name what wakes."""

    ERROR_SPIKE = "error_spike", "Error spike"
    CRITICAL_PATTERN = "critical_pattern", "Critical pattern"
    ESCALATION_BURST = "escalation_burst", "Escalation burst"
    BENCHMARK_REGRESSION = "benchmark_regression", "Benchmark regression"


class Waking(models.Model):
    """Keep one reason to evaluate now, until an evaluation has answered it."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="wakings")
    trigger = models.CharField(max_length=40, choices=Trigger)
    words = models.CharField(max_length=200)  # with the figures
    at = models.DateTimeField()
    evaluation = models.ForeignKey(
        "evaluation.Evaluation",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="wakings",
    )

    class Meta:
        """Find the last of a kind, and what waits."""

        ordering = ["-pk"]
        indexes = [models.Index(fields=["target", "trigger", "-at"], name="waking_last")]

    def __str__(self) -> str:
        """Show kind and figures."""
        return f"{self.get_trigger_display()}: {self.words}"
