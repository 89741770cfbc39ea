"""Which account stands behind which pseudonym, and which entry says its name?"""

from django.db import models


class Person(models.Model):
    """Give a person the pseudonym that entries name; the name itself lies beside an entry.

    Beside `naming` lie the name and the account, as erasable texts that the entry is bound to: so
    whoever puts one person's name or account on another's pseudonym is found out by verifying.
    """

    pseudonym = models.CharField(max_length=18, unique=True)
    account = models.BigIntegerField(null=True, unique=True)  # none: known by a name alone
    naming = models.OneToOneField("audit.Entry", on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Say it as people do."""

        verbose_name_plural = "people"

    def __str__(self) -> str:
        """Show the pseudonym, never the name."""
        return self.pseudonym
