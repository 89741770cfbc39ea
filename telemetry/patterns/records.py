"""What is kept of failures that look alike, of what people did to them and taught?"""

from django.conf import settings
from django.db import models
from django.urls import reverse

from targets.models import Target
from telemetry.patterns.states import Ends
from telemetry.patterns.vocabulary import (
    Decision,
    Diagnosis,
    EventType,
    Move,
    Proof,
    Severity,
    State,
)


class Pattern(models.Model):
    """Group failures that look alike; history and proposals hang on its id."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="patterns")
    event_type = models.CharField(max_length=20, choices=EventType)
    component = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=200, blank=True)
    template = models.TextField()
    explanation = models.CharField(max_length=300, blank=True)  # a sentence: what seems to happen
    diagnosis = models.CharField(max_length=20, choices=Diagnosis, default=Diagnosis.UNKNOWN)
    diagnosed_by = models.CharField(max_length=200, blank=True)  # rule:ID, learnt:N, person:NAME
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.LOW)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    version = models.PositiveIntegerField(default=0)  # one more per move of a person
    count = models.BigIntegerField(default=0)
    session_count = models.PositiveIntegerField(default=0)
    agents = models.JSONField(default=list)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    merged_into = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="absorbed"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    note = models.TextField(blank=True)  # why it is muted, or what is known
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    ends_at_count = models.BigIntegerField(null=True, blank=True)
    ends_on_burst = models.BooleanField(default=False)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_why = models.CharField(max_length=200, blank=True)
    remedy = models.CharField(max_length=100, blank=True)  # the subject in the log: proposal:ID
    remedied_from = models.DateTimeField(null=True, blank=True)  # it was deployed
    remedied_at = models.DateTimeField(null=True, blank=True)  # it was declared effective
    recurred_at = models.DateTimeField(null=True, blank=True)
    proof = models.CharField(max_length=12, choices=Proof, blank=True)  # of the remedy
    proof_words = models.CharField(max_length=300, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Show the latest first."""

        ordering = ["-last_seen"]
        permissions = [("sort_pattern", "Can merge, part, mute, assign and diagnose patterns")]
        indexes = [
            models.Index(fields=["target", "-last_seen"]),
            models.Index(fields=["-last_seen", "-id"], name="pattern_by_key"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(severity__in=Severity.values), name="pattern_severity_known"
            ),
            models.CheckConstraint(
                condition=models.Q(proof__in=["", *Proof.values]), name="pattern_proof_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="pattern_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(decision=Decision.MUTED)
                | models.Q(ends_at__isnull=False)
                | models.Q(ends_at_count__isnull=False)
                | models.Q(ends_on_burst=True),
                name="pattern_muted_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        """Show component and template."""
        return f"{self.subject}: {self.template[:80]}"

    def get_absolute_url(self) -> str:
        """Return the pattern's page."""
        return reverse("telemetry:pattern", args=[self.pk])

    @property
    def subject(self) -> str:
        """Name what fails: a tool, a task, or the kind of event where none is named."""
        return self.component or self.get_event_type_display()

    @property
    def ends(self) -> Ends:
        """Return until when the decision holds."""
        return Ends(at=self.ends_at, count=self.ends_at_count, on_burst=self.ends_on_burst)

    @property
    def state_tone(self) -> str:
        """Return the tone of the state's badge."""
        return State(self.state).tone


class PatternAlias(models.Model):
    """Map a stateless fingerprint to its pattern, so that patterns can be joined and parted."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=16)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="aliases")
    counted_to = models.BigIntegerField(default=0)  # id of the last event counted
    template = models.TextField(blank=True)  # from which a later normaliser makes its fingerprint
    normaliser = models.PositiveSmallIntegerField(default=0)  # 0: no template was hashed
    count = models.BigIntegerField(default=0)
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    placed_by = models.CharField(max_length=150, blank=True)  # what a person placed stays there

    class Meta:
        """Give a fingerprint one pattern."""

        verbose_name_plural = "pattern aliases"
        constraints = [
            models.UniqueConstraint(fields=["target", "fingerprint"], name="alias_unique")
        ]

    def __str__(self) -> str:
        """Show the pair."""
        return f"{self.fingerprint} → {self.pattern_id}"


class PatternMove(models.Model):
    """Keep one move with what it changed, so that it can be undone."""

    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="moves")
    move = models.CharField(max_length=10, choices=Move)
    actor_type = models.CharField(max_length=10)
    actor = models.CharField(max_length=150)
    reason = models.TextField(blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField()
    entry_uid = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True)

    class Meta:
        """Keep the order."""

        ordering = ["pk"]

    def __str__(self) -> str:
        """Show what was done to which pattern."""
        return f"{self.move} of #{self.pattern_id}"


class DiagnosisRule(models.Model):
    """Keep what a person's correction taught; it holds until the correction is undone."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="lessons_taught")
    component = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=200, blank=True)
    words = models.JSONField(default=list)  # of the template, sorted
    diagnosis = models.CharField(max_length=20, choices=Diagnosis)
    taught_by = models.CharField(max_length=150)
    at = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        """Find what was taught of a tool's error code."""

        indexes = [models.Index(fields=["target", "component", "error_code"])]

    def __str__(self) -> str:
        """Show what it says."""
        return f"{self.component} {self.error_code}: {self.diagnosis}"
