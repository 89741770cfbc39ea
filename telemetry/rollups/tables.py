"""Which counts are kept beside the events, and outlive them?"""

from django.db import models

from targets.models import Target

# The milliseconds below which a call falls into each bucket but the last, which has no bound.
BOUNDS = tuple(2**power for power in range(17))


class _OfPattern(models.Model):
    """Count one fingerprint in a span."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=16)
    n = models.BigIntegerField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    class Meta:
        """Give each span a table of its own."""

        abstract = True

    def __str__(self) -> str:
        """Show what is counted and the count."""
        return f"{self.fingerprint}: {self.n}"


class PatternHour(_OfPattern):
    """Count a fingerprint in one hour of UTC."""

    pk = models.CompositePrimaryKey("target", "fingerprint", "hour")
    hour = models.DateTimeField()

    class Meta:
        """Find the hours of one fingerprint, and all fingerprints of some hours."""

        db_table = "telemetry_pattern_hour"
        indexes = [models.Index(fields=["target", "hour"], name="pattern_hour_by_hour")]


class PatternDay(_OfPattern):
    """Count a fingerprint on one day of UTC."""

    pk = models.CompositePrimaryKey("target", "fingerprint", "day")
    day = models.DateTimeField()

    class Meta:
        """Find the days of one fingerprint, and all fingerprints of some days."""

        db_table = "telemetry_pattern_day"
        indexes = [models.Index(fields=["target", "day"], name="pattern_day_by_day")]


class PatternSession(_OfPattern):
    """Count a fingerprint in one session and agent on one day: the distinct cannot be summed."""

    pk = models.CompositePrimaryKey("target", "fingerprint", "day", "session_id", "agent")
    day = models.DateTimeField()
    session_id = models.CharField(max_length=200)
    agent = models.CharField(max_length=200)

    class Meta:
        """Find what is old."""

        db_table = "telemetry_pattern_session"
        indexes = [models.Index(fields=["target", "day"], name="pattern_session_by_day")]


class SessionTotal(models.Model):
    """Sum up one session from its first event to its last, over midnights too."""

    pk = models.CompositePrimaryKey("target", "session_id")
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+", db_index=False)
    session_id = models.CharField(max_length=200)
    events = models.BigIntegerField()
    failures = models.BigIntegerField()
    corrections = models.BigIntegerField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    class Meta:
        """Find the latest; the other columns spare a look at the row for those that do not fit."""

        db_table = "telemetry_session_total"
        indexes = [
            models.Index(fields=["last_seen", "first_seen", "target"], name="session_latest"),
            models.Index(
                fields=["last_seen", "first_seen", "target"],
                name="session_latest_failed",
                condition=models.Q(failures__gt=0),
            ),
        ]

    def __str__(self) -> str:
        """Show its name and its count."""
        return f"{self.session_id}: {self.events}"


class SessionAgent(models.Model):
    """Say that an agent took part in a session; never changed, so that it costs little."""

    pk = models.CompositePrimaryKey("target", "session_id", "agent")
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+", db_index=False)
    session_id = models.CharField(max_length=200)
    agent = models.CharField(max_length=200)

    class Meta:
        """Find the sessions of one agent."""

        db_table = "telemetry_session_agent"
        indexes = [models.Index(fields=["agent", "target"], name="session_by_agent")]

    def __str__(self) -> str:
        """Show who took part in what."""
        return f"{self.agent} in {self.session_id}"


class _OfTool(models.Model):
    """Count the events of one kind, component and agent in a span."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+", db_index=False)
    event_type = models.CharField(max_length=20)
    component = models.CharField(max_length=200)
    agent = models.CharField(max_length=200)
    n = models.BigIntegerField()
    ok = models.BigIntegerField()
    timed = models.BigIntegerField()  # those whose time is known
    latency_us = models.BigIntegerField()  # microseconds together: whole numbers add up exactly
    under_1 = models.IntegerField()
    under_2 = models.IntegerField()
    under_4 = models.IntegerField()
    under_8 = models.IntegerField()
    under_16 = models.IntegerField()
    under_32 = models.IntegerField()
    under_64 = models.IntegerField()
    under_128 = models.IntegerField()
    under_256 = models.IntegerField()
    under_512 = models.IntegerField()
    under_1024 = models.IntegerField()
    under_2048 = models.IntegerField()
    under_4096 = models.IntegerField()
    under_8192 = models.IntegerField()
    under_16384 = models.IntegerField()
    under_32768 = models.IntegerField()
    under_65536 = models.IntegerField()
    longer = models.IntegerField()

    class Meta:
        """Give each span a table of its own."""

        abstract = True

    def __str__(self) -> str:
        """Show what is counted and the count."""
        return f"{self.event_type} {self.component}: {self.n}"


class ToolHour(_OfTool):
    """Count the events of a component and agent in one hour of UTC."""

    pk = models.CompositePrimaryKey("target", "hour", "event_type", "component", "agent")
    hour = models.DateTimeField()

    class Meta:
        """Find all of some hours, and the hours of one component."""

        db_table = "telemetry_tool_hour"
        indexes = [
            models.Index(fields=["target", "component", "hour"], name="tool_hour_by_component")
        ]


class ToolDay(_OfTool):
    """Count the events of a component and agent on one day of UTC."""

    pk = models.CompositePrimaryKey("target", "day", "event_type", "component", "agent")
    day = models.DateTimeField()

    class Meta:
        """Find all of some days, and the days of one component."""

        db_table = "telemetry_tool_day"
        indexes = [
            models.Index(fields=["target", "component", "day"], name="tool_day_by_component")
        ]
