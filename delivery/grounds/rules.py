"""What does an approval come to when the branch moved under it? Pure."""

from enum import StrEnum


class Rule(StrEnum):
    """Name what is done with an approval, by what became of its ground."""

    UNMOVED = "unmoved"
    RETAINED = "retained"
    PROVEN_ANEW = "proven_anew"
    ASKED_AGAIN = "asked_again"

    @property
    def words(self) -> str:
        """Say what follows."""
        return _WORDS[self]


_WORDS = {
    Rule.UNMOVED: "the branch stands where it stood: the approval holds",
    Rule.RETAINED: "nobody touched its files meanwhile: the approval holds",
    Rule.PROVEN_ANEW: (
        "others changed its files elsewhere: the approval holds if every gate, asked anew, lets"
        " it pass"
    ),
    Rule.ASKED_AGAIN: "it is no longer what was approved: people are asked again",
}


def ruled(*, moved: bool, touched: bool, same: bool) -> Rule:
    """Decide by whether the branch moved, whether its files did, and whether it says the same."""
    if not moved:
        return Rule.UNMOVED
    if not touched:
        return Rule.RETAINED
    return Rule.PROVEN_ANEW if same else Rule.ASKED_AGAIN
