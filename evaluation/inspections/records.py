"""What is kept of a maintenance pass or a weekly scan?"""

from django.db import models
from django.urls import reverse

from evaluation.ideas.records import Idea, Priority
from proposals.models import Engine, Proposal
from targets.models import Target
from telemetry.models import Pattern


class Sort(models.TextChoices):
    """Say which of the two it was."""

    MAINTENANCE = "maintenance", "Maintenance pass"
    SCAN = "scan", "Weekly scan"


class Fate(models.TextChoices):
    """Say what became of one finding."""

    RAISED = "raised", "Idea raised"
    PROPOSED = "proposed", "Proposed"
    ANSWERED = "answered", "Answered before"
    LISTED = "listed", "Listed only"
    UNUSABLE = "unusable", "Answer not usable"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        good = {Fate.RAISED: "good", Fate.PROPOSED: "good", Fate.UNUSABLE: "bad"}
        return good.get(self, "quiet")


class Inspection(models.Model):
    """Keep one pass or scan over a target: how much it saw, and that it ended."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="inspections")
    sort = models.CharField(max_length=20, choices=Sort)
    trigger = models.CharField(max_length=40)  # schedule, command, person
    engine = models.CharField(max_length=20, choices=Engine, default=Engine.EMBEDDED)
    at = models.DateTimeField()
    since = models.DateTimeField(null=True)  # null: from the beginning
    sessions = models.PositiveIntegerField(default=0)
    calls = models.BigIntegerField(default=0)
    successes = models.BigIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)  # findings that are not listed
    not_told = models.JSONField(default=list)  # what could not be looked at, in sentences
    error = models.TextField(blank=True)  # of the engine; what was counted stands anyway

    class Meta:
        """Show the latest first."""

        ordering = ["-pk"]
        indexes = [models.Index(fields=["target", "sort", "-id"], name="inspection_latest")]

    def __str__(self) -> str:
        """Show target and sort."""
        return f"{self.get_sort_display()} of {self.target_id}"

    def get_absolute_url(self) -> str:
        """Return the inspection's page."""
        return reverse("evaluation:inspection", args=[self.pk])

    @property
    def success_rate(self) -> float | None:
        """Return the share of calls that worked; nothing without calls."""
        return self.successes / self.calls if self.calls else None

    @property
    def rate_in_words(self) -> str:
        """Return the success rate with its count, never as a bare percentage."""
        if self.success_rate is None:
            return "no call told"
        return f"{100 * self.success_rate:.1f} % ({self.successes} of {self.calls} calls)"


class Finding(models.Model):
    """Keep one thing that was found, with what became of it and why."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="findings")
    rank = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)  # of an idea, or what the scan looks for
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    priority = models.CharField(max_length=10, choices=Priority)
    count = models.PositiveIntegerField(default=0)
    sessions = models.PositiveIntegerField(default=0)
    fate = models.CharField(max_length=10, choices=Fate)
    reason = models.TextField(blank=True)
    pattern = models.ForeignKey(Pattern, on_delete=models.SET_NULL, null=True, related_name="+")
    idea = models.ForeignKey(Idea, on_delete=models.SET_NULL, null=True, related_name="+")
    proposal = models.ForeignKey(Proposal, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        """Keep their order."""

        ordering = ["inspection", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["inspection", "rank"], name="finding_rank_once")
        ]

    def __str__(self) -> str:
        """Show the title."""
        return self.title

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return Fate(self.fate).tone

    @property
    def kind_in_words(self) -> str:
        """Return the kind as a person reads it."""
        return self.kind.replace("_", " ").capitalize()
