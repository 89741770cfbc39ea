"""What is kept of a wish for changes, of how it ended, and of the revision that answers it?"""

from django.conf import settings
from django.db import models

from audit.ties.kept import Kept


class Ending(models.TextChoices):
    """Say how a request for changes ended."""

    WITHDRAWN = "WITHDRAWN", "Withdrawn"
    REVISED = "REVISED", "Revised"
    OVERTAKEN = "OVERTAKEN", "Overtaken"  # it was merged before anybody could take it back


class ChangeRequest(models.Model):
    """Keep what a person wants changed in a proposal, and about which words they said it."""

    proposal = models.ForeignKey(
        "proposals.Proposal", on_delete=models.PROTECT, related_name="change_requests"
    )
    number = models.PositiveIntegerField()  # within the proposal
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()
    threads = models.JSONField(default=list)  # the conversations on lines that were open then
    document_digest = models.CharField(max_length=64)
    diff_digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)  # the audit entry of the same transaction

    class Meta:
        """Number the requests of a proposal, each with its reason."""

        ordering = ["proposal", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "number"], name="change_request_number_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="change_request_has_reason"
            ),
        ]

    def __str__(self) -> str:
        """Name it within its proposal."""
        return f"request {self.number}"


class RequestEnd(models.Model):
    """Keep how a request ended; while there is none, it stands."""

    request = models.OneToOneField(ChangeRequest, on_delete=models.PROTECT, related_name="end")
    how = models.CharField(max_length=10, choices=Ending)
    who = models.CharField(max_length=150)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)

    class Meta:
        """Know the endings."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(how__in=Ending.values), name="request_end_known"
            )
        ]

    def __str__(self) -> str:
        """Show how."""
        return str(Ending(self.how).label)


class Revision(models.Model):
    """Keep that a proposal is another version of an earlier one, and of which."""

    proposal = models.OneToOneField(
        "proposals.Proposal", on_delete=models.PROTECT, related_name="revision"
    )
    previous = models.OneToOneField(
        "proposals.Proposal", on_delete=models.PROTECT, related_name="revised_by"
    )
    request = models.OneToOneField(
        ChangeRequest, on_delete=models.PROTECT, related_name="revision"
    )
    number = models.PositiveIntegerField()  # of the version; what was proposed first is 1
    at = models.DateTimeField()

    class Meta:
        """Begin with the second version."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__gte=2), name="revision_follows_a_first_version"
            )
        ]

    def __str__(self) -> str:
        """Name it."""
        return f"revision {self.number}"


class FailedRevision(models.Model):
    """Keep that a revision was tried and came to nothing; the request stands."""

    request = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, related_name="failures")
    source = models.CharField(max_length=100)  # who tried, such as generation:12
    reason = models.TextField()
    at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)

    class Meta:
        """Tell of each try once."""

        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "source"], name="failed_revision_once")
        ]

    def __str__(self) -> str:
        """Show why."""
        return self.reason[:80]


def _final(model: type[models.Model], words: str) -> Kept:
    return Kept(model._meta.db_table, final="OLD.id IS NOT NULL", fixed=("id",), words=words)


FINAL = (
    _final(ChangeRequest, "what a person wants changed stays as it was said; withdraw it instead"),
    _final(RequestEnd, "how a request for changes ended stays on record"),
    _final(Revision, "which version follows which stays on record"),
    _final(FailedRevision, "why a revision came to nothing stays on record"),
)
