"""Which rows do the measured transactions change? The same for everybody, in a table for each."""

from importlib import import_module

from django.apps import apps
from django.db import models

from audit.models import Transition
from audit.ties.declared import Tie

STATES = ("OPEN", "HELD")


class Case(models.Model):
    """Stand for any object of the business; one row for each writer."""

    state = models.CharField(max_length=20, default=STATES[0])
    turns = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        """Be the form of all others."""

        abstract = True

    def __str__(self) -> str:
        """Show the row."""
        return f"{self.pk} {self.state}"


class Plain(Case):
    """Change without any further trace of the database's own."""


class Tied(Case):
    """Change state only together with an entry of the log."""

    version = models.PositiveIntegerField(default=0)
    last_transition = models.OneToOneField(Transition, on_delete=models.PROTECT, related_name="+")


class Diffed(Case):
    """Be watched by django-auditlog."""


TIE = Tie("case", Tied, ("state",), STATES[0])

if apps.is_installed("pghistory"):
    _history = import_module("pghistory")

    @_history.track(_history.UpdateEvent())  # type: ignore[untyped-decorator, unused-ignore]
    class Tracked(Case):
        """Be watched by the triggers of django-pghistory."""
