"""What is kept of a standing approval, of what it is about to let through, and of what it let?"""

from datetime import datetime

from django.conf import settings
from django.db import models

from audit.models import Transition as Tied
from audit.ties.declared import Tie
from audit.ties.kept import Kept
from targets.models import Target


class Stand(models.TextChoices):
    """Say where a standing approval stands; only the second lets anything through."""

    GRANTED = "GRANTED", "Awaits a second person"
    IN_FORCE = "IN_FORCE", "In force"
    SUSPENDED = "SUSPENDED", "Suspended"
    REVOKED = "REVOKED", "Revoked"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        tones = {Stand.GRANTED: "accent", Stand.IN_FORCE: "good", Stand.SUSPENDED: "bad"}
        return tones.get(self, "quiet")


class StandingApproval(models.Model):
    """Let changes of one target through within bounds, because two people said so beforehand."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="standing_approvals")
    status = models.CharField(max_length=10, choices=Stand, default=Stand.GRANTED)
    version = models.PositiveIntegerField(default=0)  # of the status
    last_transition = models.OneToOneField(
        Tied, on_delete=models.PROTECT, related_name="+", editable=False
    )
    reason = models.TextField()
    risk = models.CharField(max_length=10)  # the highest that we work out ourselves
    most_files = models.PositiveIntegerField()
    most_lines = models.PositiveIntegerField()
    most_per_day = models.PositiveIntegerField()
    paths = models.JSONField()  # globs, of which each changed path fits one
    engines = models.JSONField()
    proven = models.BooleanField(default=True)  # only what is proven improved
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    granted_at = models.DateTimeField()
    until = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)  # it was suspended or revoked
    because = models.TextField(blank=True)

    class Meta:
        """Hold in the database that it has a reason, an end, bounds and two people."""

        ordering = ["-pk"]
        permissions = [("grant_standing", "Can grant, confirm and revoke standing approvals")]
        indexes = [models.Index(fields=["target", "status"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=Stand.values), name="standing_status_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(reason="") & models.Q(risk__in=["low", "medium"]),
                name="standing_has_reason_and_risk",
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("granted_at")), name="standing_has_an_end"
            ),
            models.CheckConstraint(
                condition=models.Q(most_files__gte=1, most_lines__gte=1, most_per_day__gte=1),
                name="standing_has_bounds",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=Stand.IN_FORCE)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="standing_in_force_is_confirmed",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None)
                | ~models.Q(confirmed_by=models.F("granted_by")),
                name="standing_takes_two_people",
            ),
        ]

    def __str__(self) -> str:
        """Name it as pages and entries do."""
        return f"standing approval #{self.pk}"

    def is_in_force(self, at: datetime) -> bool:
        """Tell whether it counts at a moment."""
        return self.status == Stand.IN_FORCE and at < self.until

    def state(self, at: datetime) -> str:
        """Say where it stands; one that is over says so whatever it was before."""
        if self.status in (Stand.GRANTED, Stand.IN_FORCE) and at >= self.until:
            return "Expired"
        return str(Stand(self.status).label)

    def tone(self, at: datetime) -> str:
        """Return the tone of its badge."""
        return "quiet" if self.state(at) == "Expired" else Stand(self.status).tone


STATE = Tie("standing", StandingApproval, ("status",), Stand.GRANTED.value)
KEPT = Kept(
    StandingApproval._meta.db_table,
    final="OLD.status = 'REVOKED'",
    fixed=(
        *("target_id", "reason", "risk", "most_files", "most_lines", "most_per_day", "paths"),
        *("engines", "proven", "granted_by_id", "granted_at", "until"),
    ),
    words="what a standing approval allows does not change; grant another one",
)


class Judgement(models.Model):
    """Keep what the generation that wrote a proposal decided of it, since rooms below ask."""

    proposal = models.OneToOneField(
        "proposals.Proposal", on_delete=models.CASCADE, related_name="judgement"
    )
    label = models.CharField(max_length=40)  # how sure it is that something got better
    generation = models.PositiveIntegerField()  # its number within the target
    diff_digest = models.CharField(max_length=64)
    base_commit = models.CharField(max_length=64)
    at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)

    def __str__(self) -> str:
        """Show the label."""
        return self.label


class Announcement(models.Model):
    """Tell people what will be approved when, so that they can reject or hold it before."""

    proposal = models.ForeignKey(
        "proposals.Proposal", on_delete=models.CASCADE, related_name="announcements"
    )
    standing = models.ForeignKey(
        StandingApproval, on_delete=models.PROTECT, related_name="announcements"
    )
    document_digest = models.CharField(max_length=64)
    diff_digest = models.CharField(max_length=64)
    base_commit = models.CharField(max_length=64)
    policy_digest = models.CharField(max_length=64)
    report_digest = models.CharField(max_length=64)
    confirmation = models.UUIDField()  # the transition by which it came into force
    announced_at = models.DateTimeField()
    due_at = models.DateTimeField()
    waits = models.TextField(blank=True)  # for what, though it is due
    ended_at = models.DateTimeField(null=True)
    because = models.TextField(blank=True)
    entry_uid = models.UUIDField(unique=True)

    class Meta:
        """Keep one open announcement of a proposal."""

        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"],
                condition=models.Q(ended_at=None),
                name="announcement_one_open_of_a_proposal",
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__gt=models.F("announced_at")),
                name="announcement_leaves_time",
            ),
        ]

    def __str__(self) -> str:
        """Show when."""
        return f"{self.standing_id}: {self.due_at:%Y-%m-%d %H:%M} UTC"


class Passage(models.Model):
    """Bind an approval that no person gave to exactly what was judged, and to who allowed it."""

    proposal = models.OneToOneField(
        "proposals.Proposal", on_delete=models.CASCADE, related_name="passage"
    )
    standing = models.ForeignKey(
        StandingApproval, on_delete=models.PROTECT, related_name="passages"
    )
    confirmation = models.UUIDField()  # the transition by which it came into force
    risk = models.CharField(max_length=10)  # as it was worked out
    document_digest = models.CharField(max_length=64)
    diff_digest = models.CharField(max_length=64)
    base_commit = models.CharField(max_length=64)
    policy_digest = models.CharField(max_length=64)
    report_digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)  # of the approval

    class Meta:
        """Find the newest ones of a standing approval."""

        ordering = ["-at"]
        indexes = [models.Index(fields=["standing", "-at"])]

    def __str__(self) -> str:
        """Name what it rests on."""
        return f"standing approval #{self.standing_id}"


class Held(models.Model):
    """Keep a proposal for a person to decide, whatever standing approvals say."""

    proposal = models.OneToOneField(
        "proposals.Proposal", on_delete=models.CASCADE, related_name="held"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    entry_uid = models.UUIDField(unique=True)

    def __str__(self) -> str:
        """Say who keeps it."""
        return f"held by {self.by.get_username()}"


def _final(model: type[models.Model], words: str) -> Kept:
    return Kept(model._meta.db_table, final="OLD.id IS NOT NULL", fixed=("id",), words=words)


FINAL = (
    _final(Judgement, "what a generation said of its change stays as it was said"),
    _final(Passage, "what a standing approval let through stays on record"),
    _final(Held, "what a person kept for people stays theirs"),
)
