"""What did the sanitizer take out of a target's events, rule by rule and day by day?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import models

from targets.models import Target
from telemetry.rollups import upserts
from telemetry.rollups.upserts import ADD, Counts
from telemetry.sanitizer import meaning

SHOWN = 7  # days


class RedactionDay(models.Model):
    """Count what one rule took out of a target's events on one day of UTC, by when they came."""

    pk = models.CompositePrimaryKey("target", "day", "rule")
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    rule = models.CharField(max_length=60)
    n = models.BigIntegerField()

    class Meta:
        """Name the table as the other counts are."""

        db_table = "telemetry_redaction_day"

    def __str__(self) -> str:
        """Show the rule and its count."""
        return f"{self.rule}: {self.n}"


_COUNTS = Counts(RedactionDay, ("target", "day", "rule"), (("n", ADD),))


@dataclass(frozen=True, slots=True)
class Redacted:
    """Hold what one rule took out on the days that are shown, the latest first."""

    rule: str
    meaning: str
    days: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return how many on all of them."""
        return sum(self.days)


def note(target: Target, taken: Mapping[str, int], now: datetime) -> None:
    """Add what was taken out, in the transaction that stores the events without it."""
    day = now.astimezone(UTC).date()
    # In one order in every process, so that no two wait for each other.
    upserts.add(_COUNTS, [(target.pk, day, rule, taken[rule]) for rule in sorted(taken)])


def latest(target: Target, now: datetime) -> tuple[list[date], list[Redacted]]:
    """Return the last days, and what was taken out on them, the most first."""
    today = now.astimezone(UTC).date()
    days = [today - timedelta(days=back) for back in range(SHOWN)]
    found: dict[str, Counter[date]] = {}
    for row in RedactionDay.objects.filter(target=target, day__gte=days[-1]):
        found.setdefault(row.rule, Counter())[row.day] += row.n
    rows = [
        Redacted(rule, meaning(rule), tuple(counted[day] for day in days))
        for rule, counted in found.items()
    ]
    return days, sorted(rows, key=lambda row: (-row.total, row.rule))


def forget(target: Target, before: date) -> None:
    """Delete the counts of days before this one."""
    RedactionDay.objects.filter(target=target, day__lt=before).delete()
