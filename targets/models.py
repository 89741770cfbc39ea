"""What we improve: a repository, and where the system that it configures runs."""

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse


class State(models.TextChoices):
    """Say what we know of a target's repository."""

    NEW = "NEW", "New"
    READY = "READY", "Ready"
    UNREACHABLE = "UNREACHABLE", "Cannot be reached"
    EMPTY = "EMPTY", "Empty"
    DIVERGED = "DIVERGED", "History was rewritten"


class Target(models.Model):
    """Name a repository and how its changes are reviewed and deployed."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    origin = models.CharField(max_length=500, help_text="Path or URL of the git repository.")
    branch = models.CharField(
        max_length=200,
        default="main",
        validators=[RegexValidator(r"^(?!-)[\w./-]+$", "Not a branch name.")],
    )
    deploy_path = models.CharField(
        max_length=500, blank=True, help_text="The checkout that the running system reads."
    )
    forge = models.CharField(
        max_length=20,
        default="local",
        choices=[("local", "Local"), ("github", "GitHub")],
        help_text="Where changes are proposed and merged.",
    )
    state = models.CharField(max_length=20, choices=State, default=State.NEW)
    state_detail = models.TextField(blank=True)
    head_commit = models.CharField(max_length=64, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    paused = models.BooleanField(default=False)
    allowed_domains = models.TextField(
        blank=True,
        default="",
        help_text="Domains whose addresses stay whole in this target's events, one on each line.",
    )
    allowed_paths = models.TextField(
        blank=True,
        default="",
        help_text="Folders whose paths stay whole in this target's events, one on each line.",
    )

    class Meta:
        """Keep the state within its enum in the database too."""

        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="target_state_known"
            )
        ]

    def __str__(self) -> str:
        """Show the name."""
        return self.name

    def get_absolute_url(self) -> str:
        """Return the target's page."""
        return reverse("targets:detail", args=[self.slug])
