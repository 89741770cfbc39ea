"""What does a model's answer hold: proposals, a JSON object, or nothing that can be used?"""

from personas.replies.objects import Extracted, NoAnswer, extract, extracted
from personas.replies.proposals import MOST_BLOCKS, Complaint, Reading, proposals_in

__all__ = [
    "MOST_BLOCKS",
    "Complaint",
    "Extracted",
    "NoAnswer",
    "Reading",
    "extract",
    "extracted",
    "proposals_in",
]
