"""Which question does somebody ask of the log again and again?"""

from django.conf import settings
from django.db import models
from django.urls import reverse


class SavedFilter(models.Model):
    """Keep a question that somebody asks of the log again and again."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="log_filters"
    )
    name = models.CharField(max_length=60)
    query = models.TextField()
    shared = models.BooleanField(default=False)

    class Meta:
        """Let each person use a name once."""

        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="filter_named_once")]

    def __str__(self) -> str:
        """Show the name."""
        return self.name

    def get_absolute_url(self) -> str:
        """Return where it is asked."""
        return f"{reverse('audit:log')}?{self.query}"
