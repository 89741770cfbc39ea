"""How is a whole installation put aside, and how is it put back on an empty machine?"""


class CannotBackUp(RuntimeError):
    """Nothing was written; the words say why and what to do."""


class CannotRestore(RuntimeError):
    """Nothing was restored; the words say why and what to do."""
