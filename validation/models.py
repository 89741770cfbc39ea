"""What the gates said of a change."""

from datetime import datetime

from django.db import models

from ports.sandbox import Level
from targets.models import Target
from validation.authorising.records import Ruling as Ruling
from validation.keeping.records import Answer as Answer
from validation.waiving.records import Waiver as Waiver


class Outcome(models.TextChoices):
    """Name a gate's or a report's result; only PASSED lets a change through unasked.

    A gate that shows nothing had nothing that it could try: it neither stands in a change's way
    nor speaks for it.
    """

    PASSED = "PASSED", "Passed"
    ACKNOWLEDGE = "ACKNOWLEDGE", "Passed, needs acknowledgement"
    REFUSED = "REFUSED", "Refused"
    COULD_NOT_RUN = "COULD_NOT_RUN", "Could not run"
    NOT_RUN = "NOT_RUN", "Not run"
    NOTHING_SHOWN = "NOTHING_SHOWN", "Shows nothing"


class Report(models.Model):
    """Bind the gates' results to the very change that they judged."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, null=True, related_name="reports")
    base_commit = models.CharField(max_length=64)
    tree = models.CharField(max_length=64)
    diff_digest = models.CharField(max_length=64)
    policy_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=20, choices=Outcome)
    made_at = models.DateTimeField()
    seconds = models.FloatField()
    relies_until = models.DateTimeField(null=True)  # when the first of its waivers expires
    void = models.TextField(blank=True)  # why it counts no more, once something ended it
    anew = models.BooleanField(default=False)  # the next check must find nothing again
    stopped_by = models.CharField(max_length=150, blank=True)  # a person, before its end

    class Meta:
        """Keep the outcome within its enum."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=Outcome.values), name="report_outcome_known"
            )
        ]

    def __str__(self) -> str:
        """Show the outcome."""
        return f"{self.get_outcome_display()} ({self.digest[:12]})"

    def lapsed(self, at: datetime) -> str:
        """Say why it counts no more; nothing while it does."""
        if not self.void and self.relies_until and self.relies_until <= at:
            return f"A waiver that it relies on expired on {self.relies_until:%Y-%m-%d %H:%M} UTC."
        return self.void


class GateResult(models.Model):
    """Keep one gate's answer."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="results")
    position = models.PositiveSmallIntegerField()
    gate = models.CharField(max_length=40)
    question = models.CharField(max_length=200)
    outcome = models.CharField(max_length=20, choices=Outcome)
    summary = models.TextField(blank=True)
    level = models.CharField(max_length=2, blank=True)  # of the sandbox, where code of it ran
    seconds = models.FloatField(default=0)
    found_at = models.DateTimeField(null=True)  # when it was given, if not for this report

    class Meta:
        """Keep the order in which they ran."""

        ordering = ["position"]

    def __str__(self) -> str:
        """Show gate and outcome."""
        return f"{self.gate}: {self.get_outcome_display()}"

    @property
    def confinement(self) -> str:
        """Say what stood between the target's code and us; nothing where none of it ran."""
        return Level(self.level).words if self.level else ""

    @property
    def was_unconfined(self) -> bool:
        """Tell whether nothing stood between them."""
        return self.level == Level.L0


class Finding(models.Model):
    """Point at the line that a gate minds."""

    result = models.ForeignKey(GateResult, on_delete=models.CASCADE, related_name="findings")
    path = models.CharField(max_length=500, blank=True)
    line = models.PositiveIntegerField(null=True)
    message = models.TextField()
    refuses = models.BooleanField()  # else a person has to acknowledge it
    bound = models.CharField(max_length=64, blank=True)  # by which a waiver would name it
    waiver = models.ForeignKey(
        Waiver, on_delete=models.PROTECT, null=True, related_name="findings"
    )  # which lets it pass

    def __str__(self) -> str:
        """Show place and message."""
        return f"{self.path}:{self.line or ''} {self.message[:80]}"
