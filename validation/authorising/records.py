"""What policies decided, kept so that a page can say how often each did."""

from django.db import models

from targets.models import Target


class Ruling(models.Model):
    """Keep that one policy decided about one write; the log holds the decision itself."""

    policy = models.CharField(
        max_length=60, blank=True
    )  # empty: none did, or one could not be asked
    action = models.CharField(max_length=30)
    permitted = models.BooleanField()
    principal = models.CharField(max_length=200)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, null=True, related_name="rulings")
    digest = models.CharField(max_length=64)  # of the set
    at = models.DateTimeField()

    class Meta:
        """Count by policy and time."""

        indexes = [models.Index(fields=["at", "policy"])]

    def __str__(self) -> str:
        """Show who decided what."""
        return f"{self.policy or 'no policy'}: {'permitted' if self.permitted else 'denied'}"
