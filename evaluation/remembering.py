"""Which lessons does AgentCore's memory keep as well, and what does it recall into a question?"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from evaluation.asking.memory import REMEMBERED
from evaluation.cases import Case
from evaluation.models import Lesson
from personas.material import harmless, marked
from ports.agentcore import Failed
from ports.agentcore.chosen import memory
from targets.models import Target

logger = logging.getLogger(__name__)
ASKED_ABOUT = 20  # components that a question to the memory names


def remember(written: Sequence[Lesson]) -> str:
    """Keep lessons there as well, and say what came of it; nothing where no memory is named."""
    kept_there = memory()
    if kept_there is None or not written:
        return ""
    kept = 0
    try:
        for lesson in written:
            kept_there.remember(
                _told(lesson), actor=lesson.target.slug, name=_name(lesson), at=lesson.at
            )
            kept += 1
    except Failed as reason:  # the rest would wait as long for the same answer
        logger.warning("AgentCore's memory keeps no lesson: %s", reason.told)
        told = harmless(reason.told)
        return f"; AgentCore's memory keeps {kept} of them, the local store all ({told})"
    return f"; AgentCore's memory keeps them as well ({kept})"


def recalled(target: Target, cases: Iterable[Case]) -> dict[str, list[dict[str, Any]]]:
    """Return lessons in the place of the local store's, as the memory recalls them; else none."""
    asked = memory()
    if asked is None:
        return {}
    try:
        texts = asked.recall(_query(cases), actor=target.slug, most=REMEMBERED)
    except Failed as reason:
        logger.warning("lessons come from the local store, not AgentCore: %s", reason.told)
        return {}
    return {"lessons": [{"detail": marked(text)} for text in texts]} if texts else {}


def _told(lesson: Lesson) -> str:
    """Write a lesson without what nobody else should read."""
    parts = {
        "Change": lesson.proposal.title,
        "Parameter": lesson.proposal.parameter,
        "Verdict": lesson.get_verdict_display(),
        "Measured": lesson.detail,
    }
    return "\n".join(f"{name}: {harmless(text)}" for name, text in parts.items() if text)


def _name(lesson: Lesson) -> str:
    """Name what is kept, so that a lesson that is sent again is kept once."""
    return f"selfimprove-lesson-{lesson.proposal_id}-{lesson.at:%Y%m%dT%H%M%S%f}"


def _query(cases: Iterable[Case]) -> str:
    names = dict.fromkeys(harmless(case.pattern.component, 80) for case in cases)
    components = ", ".join(list(names)[:ASKED_ABOUT])
    return f"What did earlier changes bring? It is about: {components or 'all components'}"
