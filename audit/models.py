"""What the log is made of: entries, their leaves in the tree, and its checkpoints."""

import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Cast
from django.db.models.lookups import Exact, In, IsNull
from django.urls import reverse
from django.utils.functional import cached_property

from audit.anchors.records import Anchor as Anchor
from audit.anchors.records import Outlet as Outlet
from audit.anchors.records import OutletState as OutletState
from audit.browsing.records import SavedFilter as SavedFilter
from audit.columns import BodyText
from audit.events import TIED
from audit.keys.records import KeyStatement as KeyStatement
from audit.people import names
from audit.people.records import Person as Person
from audit.texts.records import Erasure as Erasure
from audit.texts.records import Payload as Payload
from audit.verifications.records import Verification as Verification

_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WHOLE = ("event", "actor_type", "actor", "subject", "target", "at_text")
# What a list that tells its entries in words prefetches, so that no row asks a question.
TOLD = ("payloads", "erasure__entry__payloads")


def is_uid(text: object) -> bool:
    """Say whether this is the name of an entry as we write it."""
    return isinstance(text, str) and _UID.fullmatch(text) is not None


def _shown(member: str, length: int = 200) -> models.GeneratedField:
    return models.GeneratedField(
        expression=BodyText(F("body"), member=member),
        output_field=models.CharField(max_length=length),
        db_persist=True,
    )


class Entry(models.Model):
    """Keep one act, as canonical JSON; every other column is drawn from that body."""

    uid = models.UUIDField(unique=True, editable=False)
    body = models.TextField(editable=False)
    leaf_hash = models.CharField(max_length=64, editable=False)
    signature = models.TextField(editable=False, default="", db_default="")
    # Its index is the constraint below, which holds only those entries that have one: few.
    transition = models.ForeignKey(
        "Transition",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    event = _shown("event")
    actor_type = _shown("actor.type")
    actor = _shown("actor.id")
    subject = _shown("subject")
    target = _shown("target")
    at_text = _shown("at", 32)
    writer = _shown("writer")
    wseq = models.GeneratedField(
        expression=Cast(BodyText(F("body"), member="wseq"), models.BigIntegerField()),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    class Meta:
        """Index what the browser filters by."""

        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["event", "-id"]),
            models.Index(fields=["target", "-id"]),
            models.Index(fields=["at_text", "id"]),
            # Side by side as they are skipped through, and the entries of each in order.
            models.Index(fields=["subject", "event", "actor", "-id"]),
            models.Index(fields=["actor_type", "actor", "event", "target", "-id"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(**{f"{name}__isnull": False for name in _WHOLE}),
                name="entry_is_whole",
            ),
            models.UniqueConstraint(fields=["writer", "wseq"], name="writer_counts_once"),
            models.UniqueConstraint(
                fields=["transition"],
                condition=models.Q(transition__isnull=False),
                name="transition_told_once",
            ),
            # One comparison: PostgreSQL reads the whole list anew for every entry.
            models.CheckConstraint(
                condition=Exact(In(F("event"), TIED), IsNull(F("transition"), False)),
                name="entry_of_a_move_has_its_transition",
            ),
        ]
        permissions = [
            ("verify_log", "Can verify the log"),
            ("export_log", "Can export entries of the log"),
            ("erase_payload", "Can erase the words of an entry"),
        ]

    def __str__(self) -> str:
        """Name the act and its subject."""
        return f"{self.event} {self.subject}"

    def get_absolute_url(self) -> str:
        """Return the entry's stable page."""
        return reverse("audit:entry", args=[self.uid])

    @property
    def at(self) -> datetime:
        """Return the claimed moment; the epoch where the text names none."""
        try:
            return datetime.fromisoformat(str(self.at_text))
        except ValueError:  # written past the application; its page must open all the same
            return datetime.fromtimestamp(0, UTC)

    @cached_property
    def names(self) -> names.Names:
        """Return who its pseudonyms are; lists share one answer (names.share)."""
        return names.of([self.body, *self.texts.values()])

    @property
    def who(self) -> str:
        """Return the present name of who acted."""
        return self.names.say(str(self.actor))

    @property
    def texts(self) -> dict[str, str]:
        """Return the words that are kept beside it, by name; lists prefetch TOLD."""
        if self._state.adding:
            return {}
        return {kept.name: kept.text for kept in self.payloads.all()}

    @property
    def reason(self) -> str:
        """Return why it was done, if somebody said so and it was not erased."""
        return self.texts.get("reason", "")

    @property
    def commitments(self) -> dict[str, Any]:
        """Return what the entry states about its words, by name."""
        found = self._member("payloads")
        return found if isinstance(found, dict) else {}

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts as recorded."""
        found = self._member("facts")
        return found if isinstance(found, dict) else {}

    @property
    def cites(self) -> list[str]:
        """Return the uids of the entries this one rests on."""
        found = self._member("cites")
        return [uid for uid in found if is_uid(uid)] if isinstance(found, list) else []

    def _member(self, name: str) -> Any:
        """Read one member of a body that somebody may have written past the application."""
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return body.get(name) if isinstance(body, dict) else None


class Transition(models.Model):
    """Tie one change of an object's state to the entry that says so; each names the other."""

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=200)  # as the entry has it: the kind, a colon, the key
    version = models.PositiveIntegerField()  # of the object's state; the first one is 0
    source = models.CharField(max_length=60, blank=True)
    destination = models.CharField(max_length=60)
    entry = models.OneToOneField(Entry, to_field="uid", on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Number an object's changes without a double."""

        constraints = [
            models.UniqueConstraint(fields=["subject", "version"], name="transition_numbered_once")
        ]

    def __str__(self) -> str:
        """Show the object and its change."""
        return f"{self.subject} {self.version}: {self.source} → {self.destination}"

    def said(self) -> dict[str, Any]:
        """Return the change as the entry's text carries it."""
        return {"version": self.version, "from": self.source, "to": self.destination}


class Leaf(models.Model):
    """Give a sealed entry its place in the tree."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="leaf")
    leaf_hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        """Show place and hash."""
        return f"{self.index} {self.leaf_hash[:12]}"


class Checkpoint(models.Model):
    """State the tree's size and root at one moment; the note is what the log key signed."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        """Show size and root."""
        return f"{self.size} {self.root[:12]}"


class Head(models.Model):
    """Cache the tree's frontier; one row, rebuildable from the leaves."""

    size = models.BigIntegerField(default=0)
    frontier = models.JSONField(default=list)
    swept_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Show the size."""
        return f"size {self.size}"


class Node(models.Model):
    """Keep the root over one full subtree, so that a proof need not read all its leaves again.

    Over 256 leaves at level 8, over 256 of those at level 16, and so on.
    """

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    node_hash = models.CharField(max_length=64)

    class Meta:
        """Keep each once."""

        constraints = [models.UniqueConstraint(fields=["level", "number"], name="node_kept_once")]

    def __str__(self) -> str:
        """Show place and hash."""
        return f"{self.level}/{self.number} {self.node_hash[:12]}"


class Citation(models.Model):
    """Say backwards which entries rest on another one; drawn from the bodies when sealed."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="citations")
    cited = models.UUIDField(db_index=True)

    class Meta:
        """Keep each pair once."""

        constraints = [
            models.UniqueConstraint(fields=["entry", "cited"], name="citation_kept_once")
        ]

    def __str__(self) -> str:
        """Show both ends."""
        return f"{self.entry_id} rests on {self.cited}"
