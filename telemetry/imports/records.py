"""What was handed in to be imported, by whom, how far is it, and what became of it?"""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.urls import reverse

from targets.models import Target


class State(models.TextChoices):
    """Say how it is with an import."""

    WAITING = "WAITING", "Waiting"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    REFUSED = "REFUSED", "Nothing imported"
    STOPPED = "STOPPED", "Given up"
    FAILED = "FAILED", "Failed"


OPEN = (State.WAITING, State.RUNNING)
TONES = {
    State.WAITING: "quiet",
    State.RUNNING: "accent",
    State.DONE: "good",
    State.REFUSED: "warn",
    State.STOPPED: "quiet",
    State.FAILED: "bad",
}


class Import(models.Model):
    """Keep what a person wanted of some files, how far it is, and what came of it."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="imports")
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    folder = models.CharField(max_length=40, blank=True)  # empty once the files are gone
    files = models.JSONField(default=list)  # names as they may be shown, each with its bytes
    size = models.BigIntegerField(default=0)

    format = models.CharField(max_length=20)  # as it was wished
    to_now = models.BooleanField(default=False)
    skip_bad = models.BooleanField(default=False)
    dry_run = models.BooleanField(default=False)

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    stopping_by = models.CharField(max_length=150, blank=True)  # who wants no more of it
    turn = models.PositiveIntegerField(
        default=0
    )  # a worker that was given up for dead has an old one
    tries = models.PositiveIntegerField(default=0)  # turns since it last came further
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    storing = models.BooleanField(default=False)  # looked through already
    taken = models.BigIntegerField(default=0)  # bytes of all files, looked through or stored
    records = models.BigIntegerField(default=0)  # the same in records
    reached = models.BigIntegerField(default=0)  # records that are stored and need no second look
    stored = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    too_old = models.BigIntegerField(default=0)

    found_format = models.CharField(max_length=100, blank=True)
    lines = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    empty = models.BigIntegerField(default=0)  # records of no event
    kinds = models.JSONField(default=dict)  # events of each type
    problems = models.JSONField(default=list)  # file, line, reason
    oldest = models.DateTimeField(null=True, blank=True)
    newest = models.DateTimeField(null=True, blank=True)
    shifted_seconds = models.BigIntegerField(default=0)
    last_pattern = models.BigIntegerField(default=0)  # the newest one before it began
    new_patterns = models.PositiveIntegerField(default=0)
    detail = models.TextField(blank=True)  # why nothing came of it

    class Meta:
        """Show the newest first; let one at a time wait or run for a target."""

        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["target"],
                name="import_one_at_a_time",
                condition=models.Q(state__in=OPEN),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="import_state_known"
            ),
        ]

    def __str__(self) -> str:
        """Show who brought what."""
        names = ", ".join(str(file["name"]) for file in self.files[:3])
        more = len(self.files) - 3
        return f"{names} and {more} more" if more > 0 else names

    def get_absolute_url(self) -> str:
        """Return the page that shows it."""
        return f"{reverse('telemetry:import', args=[self.target.slug])}?shown={self.pk}"

    @property
    def is_open(self) -> bool:
        """Tell whether it waits or runs."""
        return self.state in OPEN

    @property
    def is_held(self) -> bool:
        """Tell whether its files are still there for another wish."""
        return bool(self.folder) and not self.is_open

    @property
    def only_looked(self) -> bool:
        """Tell whether it looked through the files as it was asked to, and stored nothing."""
        return self.dry_run and self.state == State.DONE

    @property
    def tone(self) -> str:
        """Return the tone of its badge."""
        return "accent" if self.only_looked else TONES[State(self.state)]

    @property
    def label(self) -> str:
        """Word its state."""
        return "Looked through" if self.only_looked else str(self.get_state_display())

    @property
    def place(self) -> Path:
        """Return the folder of its files."""
        return place_of(self.folder)


def root() -> Path:
    """Return where uploads lie until their import has ended."""
    folder: Path = settings.DATA_DIR / "imports"
    return folder


def place_of(folder: str) -> Path:
    """Return one upload's folder."""
    return root() / folder
