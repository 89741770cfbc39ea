"""Which words lie beside the log, and which of them were erased?"""

from django.db import models


class Payload(models.Model):
    """Keep words that an entry is bound to but does not hold; the one row that may be erased."""

    entry = models.ForeignKey(
        "audit.Entry", on_delete=models.PROTECT, related_name="payloads", db_index=False
    )
    name = models.CharField(max_length=50)
    salt = models.CharField(max_length=64)
    text = models.TextField()

    class Meta:
        """Keep each name once; its index finds the words of an entry too."""

        constraints = [
            models.UniqueConstraint(fields=["entry", "name"], name="payload_named_once")
        ]

    def __str__(self) -> str:
        """Name the entry and the words' name, never the words."""
        return f"{self.name} of {self.entry_id}"


class Erasure(models.Model):
    """Say which entry records that the words of another one were erased."""

    erased = models.OneToOneField("audit.Entry", on_delete=models.PROTECT, related_name="erasure")
    entry = models.ForeignKey("audit.Entry", on_delete=models.PROTECT, related_name="erasures")

    def __str__(self) -> str:
        """Show both ends."""
        return f"{self.erased_id} erased by {self.entry_id}"
