"""Which signatures count on this host, and are the notes that say so in the database?"""

from collections.abc import Sequence
from datetime import datetime

from audit import notes
from audit.keys import ring, statements
from audit.keys.folder import KeyTrouble
from audit.keys.trust import Trust, trust
from audit.models import KeyStatement
from audit.notes import Key


def trusted(pinned: Sequence[Key] = ()) -> Trust:
    """Return what follows from the given log keys, or from those that this host has noted."""
    keys = ring.folder()
    pinned = pinned or ring.pinned(keys)
    if not pinned:
        raise KeyTrouble(
            f"no log key is noted on this host ({keys / ring.PINNED}), so no signature can be"
            " checked: give it with --log-key, or write it into that file, as `manage.py log-keys"
            " show` prints it on the host that seals"
        )
    own = keys.read(ring.ENDORSED)
    made = KeyStatement.objects.order_by("id").values_list("note", flat=True)
    return trust(pinned, [*made, *([own] if own else [])])


def carry_own(now: datetime) -> None:
    """Put the endorsement of this host's writer where others can read it."""
    own = ring.folder().read(ring.ENDORSED)
    if own:
        carry(own, now)


def carry(note: str, now: datetime) -> None:
    """Keep a statement of the log key in the database, once."""
    if not KeyStatement.objects.filter(note=note).exists():
        about = statements.parse(notes.parse(note)[0]).about
        KeyStatement.objects.create(about=about, note=note, made_at=now)
