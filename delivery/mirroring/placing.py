"""Which line of another diff is this one, when the same change stands on another ground?"""

from proposals.threads.places import Lines, Place


def across(path: str, side: str, line: int, text: str, to: Lines) -> Place | None:
    """Return the line that says the same at the same place, or the only one that says it.

    What is approved keeps its words when the branch moves, and its numbers only by chance.
    """
    here = to.at(path, side, line)
    if here is not None and (not text or here.text == text):
        return here
    same = [one for one in to.of(path, side) if text and one.text == text]
    return same[0] if len(same) == 1 else None
