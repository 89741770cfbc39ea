"""How far an approved change has come in the world, and what it did there."""

from django.db import models
from django.urls import reverse

from audit.models import Transition
from audit.ties.declared import Tie
from delivery.elsewhere.records import Handover as Handover
from delivery.elsewhere.records import Report as Report
from delivery.mirroring.records import Echo as Echo
from delivery.mirroring.records import Mirror as Mirror
from delivery.mirroring.records import Strand as Strand
from proposals.models import Proposal
from targets.models import Target


class Plan(models.TextChoices):
    """Say which list of stages a delivery walks."""

    FORWARD = "FORWARD", "Delivering"
    REVERT = "REVERT", "Reverting"
    CLEAN_UP = "CLEAN_UP", "Cleaning up"


class Hold(models.TextChoices):
    """Say what a delivery keeps others of its target from; empty: nothing."""

    ACTING = "ACTING", "Changes the target"
    WATCHING = "WATCHING", "Watches the target"


class Outcome(models.TextChoices):
    """Say how a delivery ended; empty while it has not."""

    SUCCEEDED = "SUCCEEDED", "Succeeded"
    FAILED = "FAILED", "Failed"
    ABORTED = "ABORTED", "Aborted"
    TIMED_OUT = "TIMED_OUT", "Timed out"
    REVERTED = "REVERTED", "Reverted"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        tones = {Outcome.SUCCEEDED: "good", Outcome.REVERTED: "warn", Outcome.ABORTED: "quiet"}
        return tones.get(self, "bad")


class Result(models.TextChoices):
    """Say how one run of a stage ended; empty while it runs."""

    PASSED = "PASSED", "Passed"
    WAITING = "WAITING", "Waiting"
    FAILED = "FAILED", "Failed"
    ERRORED = "ERRORED", "Error on our side"


class Recovery(models.TextChoices):
    """Say what became of the failures once a change was taken back; empty: not known yet."""

    BACK = "back", "As before"
    WORSE = "worse", "Not as before"
    UNKNOWN = "unknown", "Cannot be told"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return {Recovery.BACK: "good", Recovery.WORSE: "bad"}.get(self, "warn")


class Delivery(models.Model):
    """Carry one approved proposal through its stages."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="delivery")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="deliveries")
    plan = models.CharField(max_length=10, choices=Plan, default=Plan.FORWARD)
    stage = models.CharField(max_length=30)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    ending = models.CharField(max_length=20, choices=Outcome, blank=True)  # when this plan is done
    version = models.PositiveIntegerField(default=0)  # of plan, stage and outcome together
    last_transition = models.OneToOneField(
        Transition, on_delete=models.PROTECT, related_name="+", editable=False
    )  # which the log holds, and which says the same
    hold = models.CharField(max_length=10, choices=Hold, blank=True)
    detail = models.TextField(blank=True)  # why it waits, or how it ended
    approval_uid = models.UUIDField(null=True)  # the audit entry that every later one cites
    base_commit = models.CharField(max_length=64, blank=True)
    snapshot_tag = models.CharField(max_length=200, blank=True)
    branch = models.CharField(max_length=200, blank=True)
    branch_commit = models.CharField(max_length=64, blank=True)
    pull_request = models.PositiveIntegerField(null=True)
    pull_request_url = models.CharField(max_length=500, blank=True)
    merge_commit = models.CharField(max_length=64, blank=True)
    revert_commit = models.CharField(max_length=64, blank=True)
    revert_reason = models.TextField(blank=True)
    revert_actor = models.CharField(max_length=150, blank=True)
    comes_back = models.CharField(max_length=20, blank=True)  # by which rule, once it is tidied up
    closed_pull_request = models.PositiveIntegerField(null=True)  # of an approval that ended
    window_passed_by = models.CharField(max_length=150, blank=True)  # who let it not wait
    window_reason = models.TextField(blank=True)
    started_at = models.DateTimeField()
    deployed_at = models.DateTimeField(null=True)
    reverted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField()
    next_step_at = models.DateTimeField()
    errors_in_row = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)

    class Meta:
        """Find what is due."""

        ordering = ["-started_at"]
        verbose_name_plural = "deliveries"
        permissions = [
            ("revert_delivery", "Can revert deliveries"),
            ("override_window", "Can let a delivery pass its change window by"),
        ]
        indexes = [models.Index(fields=["outcome", "next_step_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="") | models.Q(ended_at__isnull=False),
                name="delivery_ended_has_time",
            ),
            models.UniqueConstraint(
                fields=["target"],
                condition=models.Q(hold="ACTING"),
                name="delivery_one_acts_on_a_target",
            ),
        ]

    def __str__(self) -> str:
        """Show number and title."""
        return f"#{self.pk} {self.proposal.title}"

    def get_absolute_url(self) -> str:
        """Return the delivery's page."""
        return reverse("delivery:detail", args=[self.pk])

    @property
    def stage_words(self) -> str:
        """Return the stage as people say it."""
        return self.stage.replace("_", " ")

    @property
    def outcome_tone(self) -> str:
        """Return the tone of the outcome's badge."""
        return Outcome(self.outcome).tone if self.outcome else "accent"


# Plan, stage and outcome are one state: whoever could write any of the three alone could skip the
# gates, reopen what has ended, or call a failure a success. Holds and leases say who works on it.
STATE = Tie("delivery", Delivery, ("plan", "stage", "outcome"), "FORWARD snapshot")


class StageRun(models.Model):
    """Keep one attempt at a stage: the timeline, the page and the evidence in one."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="runs")
    plan = models.CharField(max_length=10, choices=Plan)
    stage = models.CharField(max_length=30)
    attempt = models.PositiveSmallIntegerField(default=1)
    result = models.CharField(max_length=10, choices=Result, blank=True)
    message = models.TextField(blank=True)
    output = models.TextField(blank=True)  # sanitised
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    intended_uid = models.UUIDField(null=True)  # the audit entry written before the act

    class Meta:
        """Keep the order."""

        ordering = ["id"]

    def __str__(self) -> str:
        """Show stage and result."""
        return f"{self.stage}: {self.result or 'running'}"


class Watch(models.Model):
    """Keep what was seen after a deployment, and what was made of it."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="watch")
    started_at = models.DateTimeField()
    minute_seconds = models.FloatField(default=60)
    baseline_calls = models.BigIntegerField(default=0)
    baseline_failures = models.BigIntegerField(default=0)
    baseline_minutes = models.PositiveIntegerField(default=0)
    clumping = models.FloatField(default=1)
    calls = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    evidence = models.FloatField(default=1)
    rise = models.FloatField(null=True)
    verdict = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    touched = models.JSONField(default=list)  # the tools whose share is looked at
    touched_by = models.TextField(blank=True)  # by what they were told, a line each; or why not
    is_beside = models.BooleanField(default=False)  # the other tools are a control for them
    beside = models.TextField(blank=True)  # what both parts showed, or why that is not compared
    signals = models.TextField(blank=True)  # what else was looked at, a line each
    touched_rate = models.FloatField(default=0)
    untouched_rate = models.FloatField(default=0)
    share_clumping = models.FloatField(default=1)
    kept_by = models.CharField(max_length=150, blank=True)  # who kept what could not be judged
    recovery = models.CharField(max_length=10, choices=Recovery, blank=True)  # once taken back
    recovery_words = models.TextField(blank=True)
    recovered_at = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Use the plain plural."""

        verbose_name_plural = "watches"

    def __str__(self) -> str:
        """Show the verdict."""
        return self.verdict or "watching"

    @property
    def recovery_tone(self) -> str:
        """Return the tone of the badge that says whether failures became rare again."""
        return Recovery(self.recovery).tone if self.recovery else "accent"

    @property
    def tone(self) -> str:
        """Return the tone of the verdict's badge."""
        tones = {"implemented": "good", "revert": "bad", "inconclusive": "warn"}
        return tones.get(self.verdict, "accent")


class Arrival(models.Model):
    """Note a webhook whose signature held; its id keeps it from being taken twice."""

    uid = models.CharField(max_length=64, unique=True)  # GitHub's id of the delivery
    event = models.CharField(max_length=60)
    action = models.CharField(max_length=60, blank=True)
    repository = models.CharField(max_length=200, blank=True)
    followed = models.CharField(max_length=200)  # what was done, or why nothing
    woken = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Show the newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        """Show the event."""
        return f"{self.event} {self.action}".strip()
