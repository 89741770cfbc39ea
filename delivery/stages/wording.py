"""How are words of others put into a commit, where a commit's words may act?"""

from delivery.models import Delivery
from ports.forge.github.mentions import harmless
from targets.origins import access


def committed(delivery: Delivery, words: str) -> str:
    """Return words as a commit may hold them: on GitHub “fixes #7” would close an issue."""
    return harmless(words) if delivery.target.forge == access.FORGE else words
