"""What was published where, and how does it go there?"""

from django.db import models


class Anchor(models.Model):
    """Remember that a checkpoint was published outside: which, where, and when."""

    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    place = models.CharField(max_length=500)
    reference = models.CharField(max_length=500)
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        """Keep each publication once, and find the last one of a place at once."""

        indexes = [models.Index(fields=["kind", "place", "-id"], name="anchor_last_of_place")]

        constraints = [
            models.UniqueConstraint(
                fields=["kind", "place", "size", "root"], name="anchor_kept_once"
            )
        ]

    def __str__(self) -> str:
        """Show size and place."""
        return f"{self.size} at {self.kind} {self.place}"


class OutletState(models.TextChoices):
    """Say how publishing to a place goes."""

    FINE = "FINE", "Published"
    FAILED = "FAILED", "Not reached"
    CONFLICT = "CONFLICT", "Does not fit"


class Outlet(models.Model):
    """Cache how publishing to one place went last; the log itself has each change of it."""

    kind = models.CharField(max_length=20)
    place = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=OutletState, default=OutletState.FINE)
    detail = models.TextField(blank=True)
    since = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    put_back = models.TextField(blank=True)
    put_back_at = models.DateTimeField(null=True)

    class Meta:
        """Keep one row for each place."""

        constraints = [models.UniqueConstraint(fields=["kind", "place"], name="outlet_kept_once")]

    def __str__(self) -> str:
        """Show the place and its state."""
        return f"{self.kind} {self.place}: {self.state}"
