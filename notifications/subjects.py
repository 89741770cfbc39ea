"""Which proposal or delivery does the subject of an entry name, if it names one? Pure."""

from uuid import UUID


def proposal_of(subject: str) -> UUID | None:
    """Return the id of the proposal; nothing where the subject names none."""
    kind, _, key = subject.partition(":")
    if kind != "proposal":
        return None
    try:
        return UUID(key)
    except ValueError:
        return None


def delivery_of(subject: str) -> int | None:
    """Return the number of the delivery; nothing where the subject names none."""
    kind, _, key = subject.partition(":")
    return int(key) if kind == "delivery" and key.isascii() and key.isdigit() else None
