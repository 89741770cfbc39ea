"""The phases of a generation, one module each, in the order in which they are walked."""

# What each does stands in a module of its name; the list is here, so that rows can name them.
NAMES = ("baseline", "plan", "build", "safety", "review", "measure", "decide", "propose")


def following(name: str) -> str | None:
    """Return the phase after this one; None after the last."""
    place = NAMES.index(name) + 1
    return NAMES[place] if place < len(NAMES) else None
