"""What is kept of a rehearsal: how the change went in, which steps would run, how it came out?"""

from django.db import models

from ports.sandbox import Level


class Result(models.TextChoices):
    """Say how a rehearsal ended; only the first speaks for the change."""

    REHEARSED = "REHEARSED", "Rehearsed"
    CONFLICTS = "CONFLICTS", "Conflicts with the branch"
    STEP_FAILED = "STEP_FAILED", "A deploy step fails"
    UNEQUAL = "UNEQUAL", "Does not come out as it went in"
    COULD_NOT_RUN = "COULD_NOT_RUN", "Could not be rehearsed"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return "good" if self == Result.REHEARSED else "warn"


class Rehearsal(models.Model):
    """Keep the last rehearsal of a proposal's change, bound to what it was made with."""

    proposal = models.OneToOneField(
        "proposals.Proposal", on_delete=models.CASCADE, related_name="rehearsal"
    )
    result = models.CharField(max_length=20, choices=Result)
    words = models.TextField()  # one sentence
    head_commit = models.CharField(max_length=64)
    diff_digest = models.CharField(max_length=64)
    policy_digest = models.CharField(max_length=64)
    tree = models.CharField(max_length=64, blank=True)  # of the head, and after the way back
    changed_tree = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    seconds = models.FloatField(default=0)

    class Meta:
        """Keep the result within its enum."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(result__in=Result.values), name="rehearsal_result_known"
            )
        ]

    def __str__(self) -> str:
        """Show the result."""
        return self.get_result_display()

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return Result(self.result).tone


class Way(models.TextChoices):
    """Say on which way a step would run."""

    OUT = "OUT", "Deploying"
    BACK = "BACK", "Taking back"


class StepResult(models.TextChoices):
    """Say what a rehearsal knows of a step."""

    LISTED = "LISTED", "Would run"  # it names no dry form
    PASSED = "PASSED", "Passed"
    FAILED = "FAILED", "Failed"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        tones = {StepResult.PASSED: "good", StepResult.FAILED: "bad"}
        return tones.get(self, "quiet")


class RehearsedStep(models.Model):
    """Keep what one deploy step would do, and what its dry form did in the sandbox."""

    rehearsal = models.ForeignKey(Rehearsal, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=4, choices=Way)
    name = models.TextField()
    command = models.TextField()
    dry_command = models.TextField(blank=True)
    timeout_seconds = models.FloatField()
    result = models.CharField(max_length=10, choices=StepResult)
    output = models.TextField(blank=True)
    level = models.CharField(max_length=2, blank=True)  # of the sandbox that its dry form ran in

    class Meta:
        """Keep the order in which they would run."""

        ordering = ["position"]

    def __str__(self) -> str:
        """Show name and result."""
        return f"{self.name}: {self.get_result_display()}"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return StepResult(self.result).tone

    @property
    def was_unconfined(self) -> bool:
        """Tell whether nothing stood between its dry form and us."""
        return self.level == Level.L0
