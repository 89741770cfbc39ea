"""What an evaluation looked at, what it proposed and dropped, and what outcomes taught."""

from django.db import models
from django.urls import reverse

from evaluation.asking.held import Held as Held
from evaluation.ideas.records import Idea as Idea
from evaluation.inspections.records import Finding as Finding
from evaluation.inspections.records import Inspection as Inspection
from evaluation.triggers.records import Waking as Waking
from personas.addressed import KINDS
from proposals.models import Engine, Proposal
from targets.models import Target
from telemetry.models import Token


class Became(models.TextChoices):
    """Say what became of one pattern in one evaluation."""

    PROPOSED = "proposed", "Proposed"
    DUPLICATE = "duplicate", "Answered before"
    BELOW_THRESHOLD = "below_threshold", "Too few"
    NO_REMEDY = "no_remedy", "No remedy known"
    MALFORMED = "malformed", "Answer not usable"
    UNANSWERED = "unanswered", "Nothing proposed"
    SET_ASIDE = "set_aside", "Muted or known"
    REVIEW_FULL = "review_full", "Review is full"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        tones = {
            Became.PROPOSED: "good",
            Became.MALFORMED: "bad",
            Became.REVIEW_FULL: "warn",
        }
        return tones.get(self, "quiet")


class Evaluation(models.Model):
    """Keep one run over a target's evidence."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="evaluations")
    trigger = models.CharField(max_length=40)  # schedule, person, mcp, or what woke it
    cause = models.CharField(max_length=200, blank=True)  # in words, with its figures
    token = models.ForeignKey(
        Token, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # with which an agent asked for it
    engine = models.CharField(max_length=20, choices=Engine)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    base_commit = models.CharField(max_length=64, blank=True)
    patterns_seen = models.PositiveIntegerField(default=0)
    qualified = models.PositiveIntegerField(default=0)
    proposed = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    malformed = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    situation = models.CharField(max_length=64, blank=True)  # digest of what would matter
    model = models.CharField(max_length=100, blank=True)
    prompt_version = models.PositiveIntegerField(null=True)
    request_id = models.CharField(max_length=200, blank=True)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)
    failed_attempts = models.PositiveIntegerField(default=0)  # what they used nobody knows

    class Meta:
        """Show the latest first."""

        ordering = ["-started_at"]

    def __str__(self) -> str:
        """Show the result."""
        return f"{self.target_id}: {self.proposed} of {self.qualified}"

    def get_absolute_url(self) -> str:
        """Return the evaluation's page."""
        return reverse("evaluation:detail", args=[self.pk])

    @property
    def purpose(self) -> str:
        """Name it where calls of models are paid for."""
        return f"evaluation:{self.pk}"

    @property
    def verdict(self) -> str:
        """Say in words what came of it."""
        if self.error:
            return "Failed"
        if self.ended_at is None:
            return "Running"
        told = [f"{self.proposed} proposed"] if self.proposed else []
        if self.malformed:  # an answer that cannot be read says nothing, not that nothing is wrong
            noun = "answer" if self.malformed == 1 else "answers"
            told.append(f"{self.malformed} {noun} not usable")
        return ", ".join(told) or "No finding"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        if self.error:
            return "bad"
        if self.malformed and not self.proposed:
            return "warn"
        return "good" if self.proposed else "quiet"


class Asked(models.Model):
    """Count what one question to a model held and what did not fit into it; no text is kept."""

    evaluation = models.OneToOneField(Evaluation, on_delete=models.CASCADE, related_name="asked")
    prompt = models.CharField(max_length=100)
    prompt_digest = models.CharField(max_length=64)
    characters = models.PositiveIntegerField()
    tokens_estimated = models.PositiveIntegerField()
    clusters = models.PositiveIntegerField()
    patterns = models.PositiveIntegerField()
    exemplars = models.PositiveIntegerField()
    files = models.PositiveIntegerField()
    parameters = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    lessons = models.PositiveIntegerField()
    patterns_left_out = models.PositiveIntegerField()
    exemplars_left_out = models.PositiveIntegerField()
    files_left_out = models.PositiveIntegerField()
    parameters_left_out = models.PositiveIntegerField()
    rejected_left_out = models.PositiveIntegerField()
    lessons_left_out = models.PositiveIntegerField()

    class Meta:
        """Name them as a page would."""

        verbose_name_plural = "asked"

    def __str__(self) -> str:
        """Show how much was asked."""
        return f"{self.patterns} patterns, about {self.tokens_estimated} tokens"

    @property
    def left_out(self) -> list[str]:
        """Say what did not fit, each kind with its count."""
        counted = (
            (self.patterns_left_out, "pattern"),
            (self.exemplars_left_out, "exemplar"),
            (self.files_left_out, "file"),
            (self.parameters_left_out, "parameter"),
            (self.rejected_left_out, "rejected proposal"),
            (self.lessons_left_out, "lesson"),
        )
        return [f"{n} {noun}{'s' if n != 1 else ''}" for n, noun in counted if n]


class SpokenTo(models.Model):
    """Keep a text of the evidence that speaks to a model, for people to see."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="spoken_to")
    pattern = models.ForeignKey(
        "telemetry.Pattern", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=300)

    class Meta:
        """Name them as a page would."""

        ordering = ["pk"]
        verbose_name_plural = "spoken to"

    def __str__(self) -> str:
        """Show the kind and the words."""
        return f"{self.kind}: {self.text[:60]}"

    @property
    def where(self) -> str:
        """Say where it stands."""
        return f"pattern {self.pattern_id}" if self.pattern_id else "a pattern that is gone"

    @property
    def what(self) -> str:
        """Say in words what it is."""
        return KINDS.get(self.kind, self.kind)


class Consideration(models.Model):
    """Keep what became of one pattern in one evaluation, and why."""

    evaluation = models.ForeignKey(
        Evaluation, on_delete=models.CASCADE, related_name="considerations"
    )
    pattern = models.ForeignKey(
        "telemetry.Pattern", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    outcome = models.CharField(max_length=30, choices=Became)
    reason = models.TextField()
    proposal = models.ForeignKey(Proposal, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        """Show outcome and reason."""
        return f"{self.outcome}: {self.reason[:60]}"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return Became(self.outcome).tone


class Lesson(models.Model):
    """Keep what one ended delivery taught."""

    class Verdict(models.TextChoices):
        """Judge the remedy."""

        EFFECTIVE = "EFFECTIVE", "Effective"
        INEFFECTIVE = "INEFFECTIVE", "Ineffective"
        UNCLEAR = "UNCLEAR", "Unclear"
        ABORTED = "ABORTED", "Never took effect"

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, related_name="lesson")
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="lessons")
    playbook = models.CharField(max_length=80, blank=True)
    verdict = models.CharField(max_length=20, choices=Verdict)
    calls = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    detail = models.TextField(blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Show the verdict."""
        return f"{self.verdict}: {self.detail[:60]}"
