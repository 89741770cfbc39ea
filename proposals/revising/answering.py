"""Who answers a request for changes: an engine, whoever wrote it, or people alone?"""

from enum import StrEnum

from django.conf import settings

from proposals.models import Engine, Proposal
from proposals.revising import chain

# The rule engine fits fixers to findings: it cannot read what somebody wants.
MODELS = (Engine.ANTHROPIC, Engine.BEDROCK, Engine.SCRIPTED)


class Answerer(StrEnum):
    """Name who is expected to answer."""

    MODEL = "model"
    LIMIT = "limit"  # a model answered often enough
    RULES = "rules"
    WRITER = "writer"


def of(proposal: Proposal) -> Answerer:
    """Say who is expected to revise a proposal."""
    if proposal.engine == Engine.EMBEDDED:
        return Answerer.RULES
    if proposal.engine not in MODELS:
        return Answerer.WRITER
    revised = [*chain.before(proposal), proposal][1:]
    by_models = sum(one.engine in MODELS for one in revised)
    most = settings.SELFIMPROVE.review.most_revisions
    return Answerer.MODEL if by_models < most else Answerer.LIMIT


def words(proposal: Proposal) -> str:
    """Say what happens next about a request for changes."""
    most = settings.SELFIMPROVE.review.most_revisions
    return {
        Answerer.MODEL: "The language model that wrote it is asked for a revision.",
        Answerer.LIMIT: (
            f"Language models revised it {most} times (review.most_revisions): now people decide."
            if most
            else "Language models revise nothing here (review.most_revisions)."
        )
        + " Hand in a revision by hand, or reject it.",
        Answerer.RULES: (
            "The rule engine wrote it, and cannot answer what somebody says in words. Hand in a"
            " revision by hand, or reject it."
        ),
        Answerer.WRITER: (
            f"{proposal.author} wrote it. Whoever may hand in proposals can hand in a revision."
        ),
    }[of(proposal)]
