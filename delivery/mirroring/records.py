"""What is kept of a conversation that is held in two places?"""

from django.db import models

from proposals.models import Comment, Thread


class Mirror(models.Model):
    """Say when a delivery's pull request was last listened to, and what was in the way."""

    delivery = models.OneToOneField(
        "delivery.Delivery", on_delete=models.CASCADE, related_name="mirror"
    )
    looked_at = models.DateTimeField()
    due_at = models.DateTimeField()  # for the next look, if nothing calls for it before
    heard = models.CharField(max_length=64, blank=True)  # names all that was said there
    quiet = models.PositiveSmallIntegerField(default=0)  # looks in a row that heard nothing new
    trouble = models.TextField(blank=True)  # sanitised

    def __str__(self) -> str:
        """Show the trouble, if there is one."""
        return self.trouble or "in step"


class Strand(models.Model):
    """Tie a thread here to one on the forge; `resolved` is what both said last."""

    delivery = models.ForeignKey(
        "delivery.Delivery", on_delete=models.CASCADE, related_name="strands"
    )
    thread = models.OneToOneField(Thread, on_delete=models.CASCADE, related_name="strand")
    root = models.CharField(max_length=60)  # the first comment there
    resolved = models.BooleanField(default=False)

    class Meta:
        """Tie each thread there once."""

        constraints = [
            models.UniqueConstraint(fields=["delivery", "root"], name="strand_root_once")
        ]

    def __str__(self) -> str:
        """Show the root."""
        return self.root


class Echo(models.Model):
    """Tie a comment here to one on the forge, so that neither is said back to where it is from."""

    delivery = models.ForeignKey(
        "delivery.Delivery", on_delete=models.CASCADE, related_name="echoes"
    )
    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="echo")
    number = models.PositiveIntegerField()  # of the pull request
    name = models.CharField(max_length=60)  # of the comment there
    words_uid = models.UUIDField()  # the entry with the words that stand there
    edited = models.CharField(max_length=40, blank=True)  # when it was, by the forge's own clock
    missed_at = models.DateTimeField(null=True)  # it was not seen at the last look
    gone_at = models.DateTimeField(null=True)  # it is no longer there

    class Meta:
        """Tie each comment there once."""

        verbose_name_plural = "echoes"
        constraints = [models.UniqueConstraint(fields=["delivery", "name"], name="echo_name_once")]

    def __str__(self) -> str:
        """Show the comment there."""
        return self.name
