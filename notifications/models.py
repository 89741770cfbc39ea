"""Which places hear, what happened, who is told of it, and in which message?"""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from notifications.kinds import KINDS
from notifications.rules import GRADES, Batch
from ports.notifier import choosing

_GRADES = [(name, name.capitalize()) for name in GRADES]


class Place(models.TextChoices):
    """Say how a channel is spoken with."""

    WEBHOOK = "webhook", "Webhook"
    SLACK = "slack", "Slack"
    EMAIL = "email", "E-mail"
    APPRISE = "apprise", "Another, by Apprise"


class Channel(models.Model):
    """Name a place outside that hears of things; its address is a secret."""

    name = models.CharField(max_length=80)
    place = models.CharField(max_length=10, choices=Place)
    sealed = models.TextField(blank=True, editable=False)  # the address, encrypted
    shown = models.CharField(max_length=120)  # as much of it as everybody may see
    signing = models.TextField(blank=True, editable=False)  # a webhook's secret, encrypted
    signing_before = models.TextField(blank=True, editable=False)  # which it replaces
    signing_before_until = models.DateTimeField(null=True, blank=True, editable=False)
    kinds = models.JSONField(default=list, blank=True)  # names; none for all
    least = models.CharField(max_length=10, choices=_GRADES, default="low")
    targets = models.JSONField(default=list, blank=True)  # short names; none for all
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="told_by",
    )  # who is told what waits for them, by e-mail
    enabled = models.BooleanField(default=True)
    removed_at = models.DateTimeField(null=True, blank=True)  # the row stays: who heard what
    created_at = models.DateTimeField()
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_failed_at = models.DateTimeField(null=True, blank=True)
    last_failure = models.TextField(blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Let a name stand for one channel."""

        ordering = ["name", "pk"]
        permissions = [("set_channels", "Can add, change and remove channels")]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(removed_at=None), name="channel_named_once"
            ),
            models.CheckConstraint(
                condition=Q(place__in=choosing.KINDS), name="channel_place_known"
            ),
            models.CheckConstraint(condition=Q(least__in=GRADES), name="channel_least_known"),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(enabled=False, sealed="", signing=""),
                name="channel_removed_keeps_no_address",
            ),
            models.CheckConstraint(
                condition=Q(place=Place.WEBHOOK) | Q(signing=""), name="channel_webhook_signs"
            ),
            models.CheckConstraint(
                condition=Q(signing_before="", signing_before_until=None)
                | (~Q(signing="") & ~Q(signing_before="") & Q(signing_before_until__isnull=False)),
                name="channel_old_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        """Show the name."""
        return self.name

    @property
    def state(self) -> tuple[str, str]:
        """Return tone and words of its badge."""
        if self.removed_at:
            return "quiet", "Removed"
        if not self.enabled:
            return "quiet", "Off"
        if self.failing_since:
            return "bad", "Failing"
        return ("good", "Works") if self.last_sent_at else ("quiet", "Nothing sent yet")


class Occurrence(models.Model):
    """Hold one thing that people hear of, written in the transaction in which it happened."""

    kind = models.CharField(max_length=40)  # as the table of kinds names it
    key = models.CharField(max_length=260)  # what makes it the same thing
    subject = models.CharField(max_length=200)
    severity = models.CharField(max_length=10, choices=_GRADES)
    target = models.CharField(max_length=200, blank=True)
    entry_uid = models.UUIDField(null=True)  # the entry that says so; its words are read there
    said = models.TextField(blank=True)  # where no entry says so
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Note each thing once."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="occurrence_noted_once"),
            models.CheckConstraint(
                condition=Q(severity__in=GRADES), name="occurrence_severity_known"
            ),
        ]

    def __str__(self) -> str:
        """Show what it is about."""
        return f"{self.kind} {self.subject}"

    @property
    def words(self) -> str:
        """Say what kind of news it is."""
        return KINDS[self.kind].words if self.kind in KINDS else self.kind


class MessageState(models.TextChoices):
    """Say what became of a message."""

    WAITING = "WAITING", "Waits to be tried again"
    SENDING = "SENDING", "Being sent"
    SENT = "SENT", "Sent"
    GIVEN_UP = "GIVEN_UP", "Given up"
    DROPPED = "DROPPED", "Dropped"


OPEN = [MessageState.WAITING, MessageState.SENDING]
_TONES = {"WAITING": "warn", "SENDING": "accent", "SENT": "good", "GIVEN_UP": "bad"}


class Message(models.Model):
    """Hold what is sent to a channel at once; its text is made anew from what it tells of."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="messages")
    batch = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Batch])
    count = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    maybe_twice = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    held_until = models.DateTimeField(null=True)  # while a worker sends it
    ended_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)

    class Meta:
        """Let no second message of a kind queue up behind one that waits."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "batch"],
                condition=Q(state__in=[state.value for state in OPEN]),
                name="message_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=MessageState.values), name="message_state_known"
            ),
        ]
        indexes = [models.Index(fields=["state", "next_at"], name="message_next")]

    def __str__(self) -> str:
        """Show where it goes and how it is."""
        return f"message {self.pk} to {self.channel_id}: {self.state}"

    @property
    def tone(self) -> str:
        """Return the badge's tone."""
        return _TONES.get(self.state, "quiet")


class Heard(models.TextChoices):
    """Say whether a channel heard of something."""

    WAITING = "WAITING", "Waits for its time"
    TOLD = "TOLD", "Told"
    MOOT = "MOOT", "Settled before it was told"
    GIVEN_UP = "GIVEN_UP", "Given up"
    DROPPED = "DROPPED", "Dropped"


class Telling(models.Model):
    """Say that one channel is told of one thing, once."""

    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="tellings")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="tellings")
    batch = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Batch])
    state = models.CharField(max_length=10, choices=Heard, default=Heard.WAITING)
    due_at = models.DateTimeField()
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, related_name="tellings"
    )

    class Meta:
        """Tell each thing once to each channel."""

        constraints = [
            models.UniqueConstraint(fields=["occurrence", "channel"], name="telling_once"),
            models.CheckConstraint(
                condition=Q(state__in=Heard.values), name="telling_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="WAITING"), name="telling_waits")
        ]

    def __str__(self) -> str:
        """Show who hears of what."""
        return f"{self.channel_id} of {self.occurrence_id}: {self.state}"

    @property
    def told_at(self) -> datetime | None:
        """Return when the channel took it."""
        return self.message.ended_at if self.message and self.state == Heard.TOLD else None
