"""Which of three that are never mixed did a generation's work: fixers, a model, or a script?"""

from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from generations.models import Generation, Writer
from personas.models import Line
from proposals.models import Engine

PREFIX = "generation:"  # of the purpose that a generation's calls draw on


class Kind(models.TextChoices):
    """Name them; a script's answers are simulated and say nothing about any model."""

    EMBEDDED = "embedded", "Rule engine — no language model was called"
    MODEL = "model", "Language model"
    SIMULATED = "simulated", "Simulated"

    @property
    def heading(self) -> str:
        """Return the short name that stands over its numbers."""
        titles = {Kind.EMBEDDED: "Code fixers", Kind.MODEL: "Language models"}
        return titles.get(self, "Simulated")

    @property
    def tone(self) -> str:
        """Return the tone of its badge."""
        return {Kind.MODEL: "accent", Kind.SIMULATED: "warn"}.get(self, "quiet")


def with_kind(rows: QuerySet[Generation]) -> QuerySet[Any]:
    """Add to each generation who did its work; where nobody did, who was asked."""
    scripted = Line.objects.filter(simulated=True, root=purpose(OuterRef("pk")))
    written = (
        When(written_by=Engine.EMBEDDED, then=Value(Kind.EMBEDDED)),
        When(written_by__in=[Engine.ANTHROPIC, Engine.BEDROCK], then=Value(Kind.MODEL)),
        When(written_by=Engine.SCRIPTED, then=Value(Kind.SIMULATED)),
        When(writer=Writer.EMBEDDED, then=Value(Kind.EMBEDDED)),
        When(Exists(scripted), then=Value(Kind.SIMULATED)),
    )
    return rows.annotate(kind=Case(*written, default=F("writer")))


def purpose(number: Any) -> Concat:
    """Name in SQL what the calls of the generation with this key draw on."""
    return Concat(Value(PREFIX), Cast(number, models.CharField()))


def purposes(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """Return what the calls of these generations draw on, for a query within another."""
    named: QuerySet[Any, Any] = rows.order_by().annotate(_purpose=purpose(F("pk")))
    return named.values("_purpose")
