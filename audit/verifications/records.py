"""Which verification did somebody ask for, and how far is it?"""

from django.db import models


class State(models.TextChoices):
    """Say how it is with a verification."""

    WAITING = "WAITING", "Waiting"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    STOPPED = "STOPPED", "Stopped"
    FAILED = "FAILED", "Failed"


OPEN = (State.WAITING, State.RUNNING)
TONES = {
    State.WAITING: "quiet",
    State.RUNNING: "accent",
    State.DONE: "good",
    State.STOPPED: "quiet",
    State.FAILED: "bad",
}


class Verification(models.Model):
    """Keep what a person wants to have verified and how far it is; what came out is an entry."""

    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    since = models.BigIntegerField(default=0)  # entries before this size are not read again

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    stopping_by = models.CharField(max_length=150, blank=True)  # who wants no more of it
    turn = models.PositiveIntegerField(default=0)  # a worker given up for dead has an old one
    tries = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    checked = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    detail = models.TextField(blank=True)  # why nothing came of it

    class Meta:
        """Show the newest first; let one wait and one run."""

        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                name="verification_one_at_a_time",
                condition=models.Q(state__in=OPEN),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="verification_state_known"
            ),
        ]

    def __str__(self) -> str:
        """Say what is verified for whom."""
        what = f"the entries from {self.since} on" if self.since else "the whole log"
        return f"{what} for {self.asked_by}"

    @property
    def is_open(self) -> bool:
        """Tell whether it waits or runs."""
        return self.state in OPEN

    @property
    def tone(self) -> str:
        """Return the tone of its badge."""
        return TONES[State(self.state)]
