"""Which rows say how long a target's events are kept, which must stay, and when people spoke?"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from targets.models import Target


class Keeping(models.Model):
    """Say how long a target's events are kept, and what is gone already."""

    target = models.OneToOneField(Target, on_delete=models.CASCADE, related_name="keeping")
    days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="Empty: as the settings say.",
    )
    gone_before = models.DateTimeField(null=True, blank=True)
    rolled_up = models.BooleanField(default=False)  # the counts cover what lay there before them

    class Meta:
        """Keep nothing for less than a day."""

        verbose_name_plural = "keeping"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(days__isnull=True) | models.Q(days__gte=1),
                name="keeping_at_least_a_day",
            )
        ]

    def __str__(self) -> str:
        """Show the target and its days."""
        return f"{self.target_id}: {self.days or 'as the settings say'}"


class HeldEvent(models.Model):
    """Keep an event past its time, since something cites it."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=64)
    holder = models.CharField(max_length=80)  # who cites it, as in the log: proposal:<id>
    since = models.DateTimeField()

    class Meta:
        """Hold an event once for each that cites it."""

        constraints = [
            models.UniqueConstraint(fields=["target", "uid", "holder"], name="held_once")
        ]
        indexes = [models.Index(fields=["holder"], name="held_by_holder")]

    def __str__(self) -> str:
        """Show what holds what."""
        return f"{self.uid} for {self.holder}"


class Turn(models.Model):
    """Remember for two days when a person spoke to an agent, to see what came before and after."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=64)
    session_id = models.CharField(max_length=200)
    at = models.DateTimeField()
    until = models.DateTimeField()  # the end of the run that it began, where that is told
    received_at = models.DateTimeField()
    judged = models.BooleanField(default=False)

    class Meta:
        """Remember a turn once; find those of a session, and the oldest."""

        constraints = [models.UniqueConstraint(fields=["target", "uid"], name="turn_once")]
        indexes = [
            models.Index(fields=["target", "session_id"], name="turn_by_session"),
            models.Index(fields=["target", "received_at"], name="turn_by_arrival"),
        ]

    def __str__(self) -> str:
        """Show session and moment."""
        return f"{self.session_id} at {self.at:%Y-%m-%d %H:%M:%S}"
