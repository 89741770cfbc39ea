"""Which words may events and patterns use of themselves, and how do they read?"""

from django.db import models


class EventType(models.TextChoices):
    """Name the five kinds of event."""

    TOOL_CALL = "tool_call", "Tool call"
    USER_CORRECTION = "user_correction", "User correction"
    TASK_FAILURE = "task_failure", "Task failure"
    FEEDBACK = "feedback", "Feedback"
    ESCALATION = "escalation", "Escalation"


class Severity(models.TextChoices):
    """Grade how much a pattern or proposal matters."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Diagnosis(models.TextChoices):
    """Name what a failure seems to come from; the list is closed."""

    TIMEOUT = "timeout", "Timeout"
    RATE_LIMITED = "rate_limited", "Rate limited"
    AUTH = "auth", "Not signed in"
    NOT_FOUND = "not_found", "Not found"
    BAD_INPUT = "bad_input", "Bad input"
    DEPENDENCY_DOWN = "dependency_down", "Dependency down"
    RESOURCE = "resource", "Out of a resource"
    CRASH = "crash", "Crash"
    LOGIC = "logic", "Wrong logic"
    POLICY_DENIED = "policy_denied", "Denied by policy"
    UNKNOWN = "unknown", "Unknown"


class Decision(models.TextChoices):
    """Name what a person has said about a pattern; empty: nothing."""

    MUTED = "muted", "Muted"
    KNOWN = "known", "Known"


class Proof(models.TextChoices):
    """Name how a remedy is judged by what its pattern did since; empty: not yet."""

    EFFECTIVE = "effective", "Effective"
    INEFFECTIVE = "ineffective", "Ineffective"
    UNCLEAR = "unclear", "Unclear"

    @property
    def tone(self) -> str:
        """Return the tone of its badge."""
        return {Proof.EFFECTIVE: "good", Proof.INEFFECTIVE: "bad"}.get(self, "warn")


class State(models.TextChoices):
    """Say where a pattern stands."""

    NEW = "new", "New"
    ONGOING = "ongoing", "Ongoing"
    ESCALATING = "escalating", "Escalating"
    RECURRED = "recurred", "Recurred"
    MUTED = "muted", "Muted"
    KNOWN = "known", "Known"
    QUIET = "quiet", "Quiet"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        tones = {State.NEW: "accent", State.ESCALATING: "warn", State.RECURRED: "bad"}
        return tones.get(self, "quiet")


class Move(models.TextChoices):
    """Name what can be done to a pattern."""

    MERGE = "merge", "Merge"
    SPLIT = "split", "Move out"
    MUTE = "mute", "Mute"
    KNOWN = "known", "Mark as known"
    REOPEN = "reopen", "Look at it again"
    ASSIGN = "assign", "Assign"
    DIAGNOSE = "diagnose", "Correct the diagnosis"
