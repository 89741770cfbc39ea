"""What was measured: runs, their scores, what they found, and how two trees compare."""

from datetime import datetime, timedelta

from django.db import models
from django.urls import reverse

from benchmarks.measured import Better, Outcome, placed
from benchmarks.verdicts import Verdict
from ports.sandbox import LOCAL
from targets.models import Target

VERDICTS = [(str(verdict), str(verdict).capitalize()) for verdict in Verdict]
SILENT = timedelta(minutes=2)  # a run that says nothing for so long is nobody's any more


class State(models.TextChoices):
    """Say where a run stands."""

    ASKED = "asked", "Waiting"
    RUNNING = "running", "Measuring"
    ENDED = "ended", "Measured"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Could not measure"

    @property
    def tone(self) -> str:
        """Say how good the news is."""
        tones = {"ended": "good", "failed": "bad", "cancelled": "warn", "running": "accent"}
        return tones.get(self.value, "quiet")


class Measurement(models.Model):
    """Keep what one benchmark found, under a name that holds everything it depends on."""

    key = models.CharField(max_length=64, unique=True)
    benchmark = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20, choices=Outcome)
    words = models.TextField()
    value = models.FloatField(null=True)
    items = models.JSONField(default=dict)  # what each item did; only comparisons look into it
    tool = models.CharField(max_length=40, blank=True)
    version = models.CharField(max_length=40, blank=True)
    level = models.CharField(max_length=4, blank=True)
    where = models.CharField(max_length=20, default=LOCAL)  # the machine
    output = models.TextField(blank=True)
    seconds = models.FloatField()
    measured_at = models.DateTimeField(db_index=True)

    class Meta:
        """Keep the outcome within its enum; a score has a number, and nothing else has one."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=Outcome.values), name="measurement_outcome_known"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome=Outcome.MEASURED, value__isnull=False)
                | (~models.Q(outcome=Outcome.MEASURED) & models.Q(value__isnull=True)),
                name="measurement_number_fits",
            ),
        ]

    def __str__(self) -> str:
        """Show the benchmark and the start of the name."""
        return f"{self.benchmark} {self.key[:12]}"


class Finding(models.Model):
    """Keep one finding by its fingerprint: rule, path and symbol."""

    measurement = models.ForeignKey(Measurement, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=100)
    path = models.CharField(max_length=500)
    symbol = models.CharField(max_length=300)
    line = models.PositiveIntegerField()
    message = models.CharField(max_length=500)

    class Meta:
        """Keep the order in which they are shown."""

        ordering = ["rule", "path", "symbol", "line", "pk"]

    def __str__(self) -> str:
        """Show the fingerprint."""
        return f"{self.rule} {self.path} {self.symbol}"


class Run(models.Model):
    """Hold one measuring of one commit of a target."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="benchmark_runs")
    commit = models.CharField(max_length=64)
    tree = models.CharField(max_length=64, blank=True)
    committed_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, choices=State)
    words = models.TextField(blank=True)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    alive_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=150, blank=True)
    done = models.PositiveIntegerField(default=0)
    wanted = models.PositiveIntegerField(default=0)

    class Meta:
        """Keep the newest first, and one run in progress per commit."""

        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="benchmark_run_state_known"
            ),
            models.UniqueConstraint(
                fields=["target", "commit"],
                condition=models.Q(state__in=[State.ASKED, State.RUNNING]),
                name="benchmark_run_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        """Show the target and the commit."""
        return f"{self.target.slug} {self.commit[:12]}"

    def get_absolute_url(self) -> str:
        """Return the page of the run."""
        return reverse("benchmarks:run", args=[self.target.slug, self.pk])

    @property
    def is_open(self) -> bool:
        """Tell whether it has not ended."""
        return self.state in (State.ASKED, State.RUNNING)

    def is_silent(self, now: datetime) -> bool:
        """Tell whether the process that measured must be gone."""
        last = self.alive_at or self.asked_at
        return self.state == State.RUNNING and now - last > SILENT


class Score(models.Model):
    """Hold what one benchmark said in one run; without a measurement only why there is none."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="scores")
    benchmark = models.CharField(max_length=40)
    question = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome)
    words = models.TextField()
    value = models.FloatField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    better = models.CharField(max_length=10, choices=Better)
    weight = models.FloatField()
    found_again = models.BooleanField(default=False)
    where = models.CharField(max_length=20, default=LOCAL)
    instead_because = models.TextField(blank=True)  # why not on the machine that was meant
    measurement = models.ForeignKey(
        Measurement, on_delete=models.SET_NULL, null=True, related_name="scores"
    )

    class Meta:
        """Keep one score of each benchmark in a run."""

        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "benchmark"], name="score_once_in_a_run"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=Outcome.values), name="score_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        """Show the benchmark and what it says."""
        return f"{self.benchmark}: {self.words}"

    @property
    def place(self) -> str:
        """Say on which machine it ran, where that is not a matter of course."""
        return placed(self.where, self.instead_because)


class Comparison(models.Model):
    """Hold what one benchmark says of the way from one commit to another."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="comparisons")
    against = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="compared_with")
    benchmark = models.CharField(max_length=40)
    verdict = models.CharField(
        max_length=20, choices=[(str(v), str(v).capitalize()) for v in Verdict]
    )
    words = models.TextField()
    keep = models.BooleanField()
    proven = models.BooleanField()
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    wins = models.JSONField(default=list)
    losses = models.JSONField(default=list)
    items = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=1)
    is_noisy = models.BooleanField(default=False)
    compared_at = models.DateTimeField()

    class Meta:
        """Keep one answer of each benchmark for two runs."""

        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "against", "benchmark"], name="comparison_once_for_two_runs"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=[str(v) for v in Verdict]),
                name="comparison_verdict_known",
            ),
            models.CheckConstraint(
                condition=models.Q(proven=False) | models.Q(keep=True),
                name="comparison_proven_is_kept",
            ),
        ]

    def __str__(self) -> str:
        """Show the benchmark and the verdict."""
        return f"{self.benchmark}: {self.verdict}"


class Definition(models.Model):
    """Keep a benchmark of a target's own that a person defined on its page."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="own_benchmarks")
    name = models.CharField(max_length=40)
    definition = models.JSONField()  # as a manifest would say it; read by its schema alone
    defined_by = models.CharField(max_length=150)
    defined_at = models.DateTimeField()

    class Meta:
        """Keep one of each name."""

        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["target", "name"], name="definition_name_once")
        ]

    def __str__(self) -> str:
        """Show the name."""
        return self.name
