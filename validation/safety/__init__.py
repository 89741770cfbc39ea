"""What may a changed file do that nobody would let an agent's change do unseen?

Pure functions over text: each returns what it saw, and the gate compares that with the base. They
are a filter in front of the sandbox and of the person who reviews, not a boundary of their own.
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """Say what stands where, and why that matters."""

    rule: str
    name: str  # what is compared with the base: the same name as often as before is nothing new
    line: int | None
    what: str
    why: str
    refuses: bool = True
    once: bool = False  # a capability: only its first use in a file is news


def unreadable(text: str, what: str) -> Seen:
    """Refuse a file that nothing can read, in whatever way it changes: it may do anything.

    What was unreadable before is no news to the gate of the syntax, so it has to be news here.
    """
    name = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    return Seen("unreadable", name, None, f"{what} cannot be read", "what it does is not known")
