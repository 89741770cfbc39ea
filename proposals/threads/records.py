"""What is kept of a conversation: where it stands and which entries hold its words."""

import uuid

from django.conf import settings
from django.db import models

LONGEST_PATH = 500


class Side(models.TextChoices):
    """Say which side of a diff a line belongs to; empty: the whole is meant."""

    OLD = "L", "before"
    NEW = "R", "after"


class Thread(models.Model):
    """Keep a conversation on one line of one diff, or, without a path, on the whole proposal."""

    proposal = models.ForeignKey(
        "proposals.Proposal", on_delete=models.CASCADE, related_name="threads"
    )
    path = models.CharField(max_length=LONGEST_PATH, blank=True)
    side = models.CharField(max_length=1, choices=Side, blank=True)
    line = models.PositiveIntegerField(default=0)
    diff_digest = models.CharField(max_length=64, blank=True)  # another one: an earlier version
    quoted = models.CharField(max_length=300, blank=True)  # the line itself, for when it is gone
    opened_at = models.DateTimeField()
    resolved_uid = models.UUIDField(null=True)  # the entry that says who resolved it
    root = models.ForeignKey(  # the conversation on an earlier version that this one goes on with
        "self", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        """Let the whole have one conversation, and a line any number."""

        ordering = ["id"]
        permissions = [("comment_proposal", "Can comment on proposals and resolve threads")]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"], condition=models.Q(path=""), name="thread_one_on_the_whole"
            ),
            models.CheckConstraint(
                condition=models.Q(path="", side="", line=0)
                | (~models.Q(path="") & models.Q(side__in=Side.values, line__gt=0)),
                name="thread_on_a_line_or_on_the_whole",
            ),
        ]

    def __str__(self) -> str:
        """Show the place."""
        return f"{self.path}:{self.line}" if self.path else "the whole"


class Comment(models.Model):
    """Keep that something was said; the words lie beside the log, where they can be erased."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments")
    uid = models.UUIDField(unique=True, default=uuid.uuid4)  # a form sent twice says it once
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    origin = models.CharField(max_length=20, blank=True)  # the forge where it was said, if at one
    verdict = models.CharField(max_length=30, blank=True)  # of a review there; it decides nothing
    said_uid = models.UUIDField(unique=True)  # the entry that says who and where
    words_uid = models.UUIDField()  # the entry with the words as they are now
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """Keep the order in which it was said."""

        ordering = ["id"]

    def __str__(self) -> str:
        """Show no words: they can be erased, this cannot."""
        return f"comment {self.uid}"
