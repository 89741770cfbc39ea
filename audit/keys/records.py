"""What has the log key stated, in notes that prove themselves?"""

from django.db import models


class KeyStatement(models.Model):
    """Carry a note in which the log key vouches for a writer, revokes one, or names its successor.

    The note proves itself: a row that somebody adds without the log key counts for nothing.
    """

    about = models.CharField(max_length=200, db_index=True)
    note = models.TextField(unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        """Name the key."""
        return self.about
