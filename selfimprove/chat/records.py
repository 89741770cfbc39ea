"""Who is who in a chat, what were they shown, and which requests came?"""

from django.conf import settings
from django.db import models

from proposals.models import Proposal


class ChatAccount(models.Model):
    """Let an account of a chat act as one of our people, under that person's permissions."""

    place = models.CharField(
        max_length=80, help_text="As the answer to an unknown account names it, such as slack:T01."
    )
    user = models.CharField(
        max_length=80, help_text="The id that the chat gives the account, not a name to show."
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chat_accounts"
    )
    note = models.CharField(max_length=100, blank=True, help_text="For people; never read.")

    class Meta:
        """Let an account be one person."""

        ordering = ["place", "user"]
        constraints = [
            models.UniqueConstraint(fields=["place", "user"], name="chat_account_unique")
        ]

    def __str__(self) -> str:
        """Show whose account it is."""
        return f"{self.person} at {self.place} as {self.user}"


class ChatReading(models.Model):
    """Keep which words an account was shown last, and how much of them."""

    account = models.ForeignKey(ChatAccount, on_delete=models.CASCADE, related_name="readings")
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)  # of the words that were shown
    part = models.PositiveSmallIntegerField()  # read from the first to this one
    parts = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        """Remember the last reading only."""

        constraints = [
            models.UniqueConstraint(fields=["account", "proposal"], name="chat_reading_unique")
        ]

    def __str__(self) -> str:
        """Show how far it was read."""
        return f"{self.part} of {self.parts}"


class ChatArrival(models.Model):
    """Note a request whose signature held; its id keeps it from being taken twice."""

    uid = models.CharField(max_length=100, unique=True)
    digest = models.CharField(max_length=64)  # of the whole request
    account = models.ForeignKey(
        ChatAccount, on_delete=models.SET_NULL, null=True, related_name="arrivals"
    )
    place = models.CharField(max_length=80)
    answer = models.TextField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Show the newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        """Show where it came from."""
        return f"{self.place} at {self.at:%Y-%m-%d %H:%M:%S}"
