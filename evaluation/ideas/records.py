"""What is an idea, and what did a person say to it?"""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from targets.models import Target


class Kind(models.TextChoices):
    """Say what would change."""

    NEW_TOOL = "new_tool", "New tool"
    TOOL_IMPROVEMENT = "tool_improvement", "Tool improvement"
    SKILL_UPDATE = "skill_update", "Skill update"
    CONFIG_CHANGE = "config_change", "Configuration change"
    PROMPT_UPDATE = "prompt_update", "Prompt update"


class Priority(models.TextChoices):
    """Grade how often it was needed."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class Stand(models.TextChoices):
    """Say where an idea stands; what a person said is final."""

    OPEN = "OPEN", "Awaiting a person"
    ACCEPTED = "ACCEPTED", "Taken up"
    DISMISSED = "DISMISSED", "Turned down"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return {Stand.OPEN: "accent", Stand.ACCEPTED: "good"}.get(self, "quiet")


class Idea(models.Model):
    """Hold a change that has no diff: to take it up delivers nothing."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="ideas")
    key = models.CharField(max_length=300)  # what it answers: the same is raised once
    kind = models.CharField(max_length=20, choices=Kind)
    priority = models.CharField(max_length=10, choices=Priority)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Stand, default=Stand.OPEN)
    created_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)  # when its change was first asked for

    class Meta:
        """Raise the same once, and let nothing be decided by nobody."""

        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["target", "key"], name="idea_once"),
            models.CheckConstraint(condition=Q(status__in=Stand.values), name="idea_status_known"),
            models.CheckConstraint(
                condition=Q(status=Stand.OPEN) | ~Q(decided_by=""), name="idea_decided_by_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(status=Stand.DISMISSED) | ~Q(reason=""), name="idea_no_has_reason"
            ),
        ]

    def __str__(self) -> str:
        """Show the title."""
        return self.title

    def get_absolute_url(self) -> str:
        """Return the idea's page."""
        return reverse("evaluation:idea", args=[self.pk])

    @property
    def subject(self) -> str:
        """Name it where generations say what asked for them."""
        return f"idea:{self.pk}"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return Stand(self.status).tone
