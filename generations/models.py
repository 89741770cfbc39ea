"""What a generation tried, how far it came, what it showed, and why it ended as it did."""

from datetime import datetime

from django.db import models
from django.urls import reverse

from benchmarks.models import VERDICTS
from benchmarks.verdicts import Verdict
from proposals.models import Engine, Proposal
from targets.models import Target
from telemetry.doors.models import Token
from validation.models import Report


class Writer(models.TextChoices):
    """Say who is asked to plan, build and review."""

    EMBEDDED = "embedded", "Code fixers, no language model"
    MODEL = "model", "The agents of agents.yaml"


class Outcome(models.TextChoices):
    """Say how a generation ended; empty while it has not."""

    ACCEPTED = "ACCEPTED", "Accepted"
    REJECTED = "REJECTED", "Rejected"
    NOTHING = "NOTHING", "Nothing to improve"
    FAILED = "FAILED", "Failed"
    CANCELLED = "CANCELLED", "Cancelled"
    TIMED_OUT = "TIMED_OUT", "Timed out"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        tones = {Outcome.ACCEPTED: "good", Outcome.REJECTED: "warn", Outcome.FAILED: "bad"}
        return tones.get(self, "bad" if self is Outcome.TIMED_OUT else "quiet")


class Reason(models.TextChoices):
    """Sort why a generation was not accepted; empty where it was."""

    NO_PLAN = "no_plan", "No plan that can be used"
    NO_CHANGE = "no_change", "Nothing would change"
    EDITS = "edits", "The edits fit nowhere"
    OUTSIDE = "outside", "A file outside of the plan"
    GATES = "gates", "A gate refused it"
    TOO_LARGE = "too_large", "Too large"
    NO_TESTS = "no_tests", "No test came with it"
    REVIEW = "review", "The review did not agree"
    WORSE = "worse", "Something got worse"
    NO_GAIN = "no_gain", "No gain beyond noise"
    NOT_MEASURED = "not_measured", "It could not be measured"
    KNOWN = "known", "It was tried before"
    BUDGET = "budget", "The budget is used up"
    MODEL = "model", "The model gave no answer"
    OURS = "ours", "An error on our side"
    STOPPED = "stopped", "A person or the clock ended it"
    REVIEW_FULL = "review_full", "Review is full"


class Result(models.TextChoices):
    """Say how one run of a phase ended; empty while it runs."""

    PASSED = "PASSED", "Passed"
    REJECTED = "REJECTED", "Rejected"
    NOTHING = "NOTHING", "Nothing to do"
    ERRORED = "ERRORED", "Error on our side"
    STOPPED = "STOPPED", "Stopped"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        tones = {Result.PASSED: "good", Result.REJECTED: "warn", Result.ERRORED: "bad"}
        return tones.get(self, "quiet")


class Loop(models.Model):
    """Hold the wish for several generations in a row."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="loops")
    wanted = models.PositiveIntegerField()
    writer = models.CharField(max_length=10, choices=Writer)
    dry_run = models.BooleanField(default=False)
    asked_by = models.CharField(max_length=150)
    token = models.ForeignKey(  # by which a program asked in that person's name
        Token, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    cancelled_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    ending = models.TextField(blank=True)  # why it ended

    class Meta:
        """Keep one open loop per target."""

        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["target"],
                condition=models.Q(ended_at=None),
                name="loop_one_open_for_a_target",
            ),
            models.CheckConstraint(
                condition=models.Q(wanted__gte=1, wanted__lte=1000), name="loop_wants_some"
            ),
        ]

    def __str__(self) -> str:
        """Show how many are wanted."""
        return f"{self.target.slug}: {self.wanted} in a row"


class Generation(models.Model):
    """Carry one attempt to improve a target through its phases."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="generations")
    number = models.PositiveIntegerField()  # within the target
    loop = models.ForeignKey(
        Loop, on_delete=models.SET_NULL, null=True, related_name="generations"
    )
    parent = models.ForeignKey(  # the accepted one that its base contains
        "self", on_delete=models.SET_NULL, null=True, related_name="children"
    )
    writer = models.CharField(max_length=10, choices=Writer)
    written_by = models.CharField(max_length=20, choices=Engine, blank=True)  # who really did
    dry_run = models.BooleanField(default=False)
    asked_by = models.CharField(max_length=150)
    token = models.ForeignKey(  # by which a program asked in that person's name
        Token, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    subject = models.CharField(max_length=100, blank=True)  # what asked for it, such as idea:12
    brief = models.TextField(blank=True)  # what is wanted, in the words of who asked
    phase = models.CharField(max_length=20)
    activity = models.CharField(max_length=200, blank=True)  # what the phase does right now
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    reason_kind = models.CharField(max_length=20, choices=Reason, blank=True)
    reason = models.TextField(blank=True)
    base_commit = models.CharField(max_length=64, blank=True)
    focus = models.CharField(max_length=300, blank=True)  # fingerprint of what it works on
    focus_words = models.TextField(blank=True)
    plan = models.JSONField(null=True)  # read by the contract of plans alone
    diff = models.TextField(blank=True)  # canonical, as git writes it
    diff_digest = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)
    report = models.ForeignKey(
        Report, on_delete=models.SET_NULL, null=True, related_name="generations"
    )
    review = models.JSONField(null=True)  # read by the contract of reviews alone
    review_score = models.FloatField(null=True)
    gain = models.FloatField(null=True)  # weighted, beyond noise
    proposal = models.OneToOneField(
        Proposal, on_delete=models.PROTECT, null=True, related_name="generation"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField()
    next_step_at = models.DateTimeField()
    errors_in_row = models.PositiveSmallIntegerField(default=0)
    cancelled_by = models.CharField(max_length=150, blank=True)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)
    kept_by = models.CharField(max_length=100, blank=True)  # a terminal: workers leave it alone
    kept_until = models.DateTimeField(null=True)

    class Meta:
        """Keep one open generation per target, and every ending with its reason."""

        ordering = ["-pk"]
        permissions = [("run_generation", "Can run and cancel generations")]
        indexes = [
            models.Index(fields=["outcome", "next_step_at"]),
            models.Index(fields=["target", "focus"]),
            models.Index(fields=["target", "-ended_at"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["target", "number"], name="generation_number_once"),
            models.UniqueConstraint(
                fields=["target"],
                condition=models.Q(outcome=""),
                name="generation_one_open_for_a_target",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="") | models.Q(outcome__in=Outcome.values),
                name="generation_outcome_known",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="") | models.Q(ended_at__isnull=False),
                name="generation_ended_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["", Outcome.ACCEPTED]) | ~models.Q(reason=""),
                name="generation_unaccepted_has_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome=Outcome.ACCEPTED)
                | models.Q(dry_run=True)
                | models.Q(proposal__isnull=False),
                name="generation_accepted_is_proposed",
            ),
        ]

    def __str__(self) -> str:
        """Show target and number."""
        return f"{self.target.slug} #{self.number}"

    def get_absolute_url(self) -> str:
        """Return the generation's page."""
        return reverse("generations:detail", args=[self.target.slug, self.number])

    @property
    def is_open(self) -> bool:
        """Tell whether it has not ended."""
        return not self.outcome

    @property
    def purpose(self) -> str:
        """Name what its calls of a model draw on."""
        return f"generation:{self.pk}"

    @property
    def tone(self) -> str:
        """Return the tone of the outcome's badge."""
        return Outcome(self.outcome).tone if self.outcome else "accent"

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its time is up."""
        return self.is_open and now >= self.deadline_at


class PhaseRun(models.Model):
    """Keep one attempt at a phase: the timeline, the page and the report in one."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="runs")
    phase = models.CharField(max_length=20)
    attempt = models.PositiveSmallIntegerField(default=1)
    result = models.CharField(max_length=10, choices=Result, blank=True)
    message = models.TextField(blank=True)
    details = models.JSONField(default=dict)  # of the phase, as its report publishes them
    output = models.TextField(blank=True)  # sanitised
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Keep the order."""

        ordering = ["id"]

    def __str__(self) -> str:
        """Show phase and result."""
        return f"{self.phase}: {self.result or 'running'}"

    @property
    def seconds(self) -> float | None:
        """Return how long it took, once it has ended."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


class Delta(models.Model):
    """Hold what one benchmark says of the way from the base to the change."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="deltas")
    benchmark = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, blank=True)
    weight = models.FloatField()
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)
    verdict = models.CharField(max_length=20, choices=VERDICTS)
    words = models.TextField()
    keep = models.BooleanField()
    proven = models.BooleanField()
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    wins = models.JSONField(default=list)  # shown, and never looked into
    losses = models.JSONField(default=list)
    items = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=1)
    is_noisy = models.BooleanField(default=False)

    class Meta:
        """Keep one answer of each benchmark."""

        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "benchmark"], name="delta_once_in_a_generation"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=[str(v) for v in Verdict]),
                name="delta_verdict_known",
            ),
        ]

    def __str__(self) -> str:
        """Show the benchmark and the verdict."""
        return f"{self.benchmark}: {self.verdict}"
