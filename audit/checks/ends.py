"""Does the log end where it was stated to end, and what is it that is missing?"""

from collections.abc import Iterator

from audit.models import Leaf

Found = tuple[str, str]  # where, and what does not hold there


def gap(index: int) -> str:
    """Say what of a leaf is gone."""
    leaf = Leaf.objects.filter(index=index).first()
    return "its entry is gone" if leaf else "the leaf is gone"


def differences(read: int, size: int, largest: int) -> Iterator[Found]:
    """Compare how many leaves were read with how many there are and how many were stated."""
    if size > read:  # the last leaves are there, and their entries are not
        yield f"leaf {read}", gap(read)
    if largest > size:
        rest = f"a checkpoint states {largest} leaves: the rest was cut off"
        yield f"leaf {size}", f"the log ends here, but {rest}"
    elif largest < size:
        yield f"leaf {largest}", f"{size - largest} leaves are under no checkpoint"
