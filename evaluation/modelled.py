"""What does a language model answer about a target's failures?"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.conf import settings

from evaluation.answers import AUTHOR, EngineAnswer, Question
from evaluation.asking import material
from evaluation.asking.material import Material
from personas import agents
from personas.ask import ask
from personas.providers import EngineNotReady, engine_before_asking
from ports.llm import Model
from proposals.models import Engine


def engine_chosen(author: str = AUTHOR) -> Engine:
    """Name who will answer as the settings say: the rules, or whoever the agent's file names."""
    if settings.SELFIMPROVE.evaluation.engine == "embedded":
        return Engine.EMBEDDED
    return Engine(engine_before_asking(author))


def answer(
    question: Question,
    asked: Material,
    model: Model | None = None,
    *,
    author: str = AUTHOR,
    purpose: str = "",
) -> EngineAnswer:
    """Ask the declared agent, and return its words untouched."""
    target, at = question.target, question.now
    said = ask(author, asked.text, target=target, at=at, model=model, purpose=purpose)
    return EngineAnswer(
        text=said.text,
        engine=said.engine,
        author=author,
        model=said.model,
        prompt_version=said.prompt_version,
        request_id=said.request_id,
        input_tokens=said.input_tokens,
        output_tokens=said.output_tokens,
        cached_tokens=said.cached_tokens,
        failed_attempts=len(said.failed_attempts),
        complete=said.complete,
        stop_reason=said.stop_reason,
    )


def prepared(
    question: Question,
    author: str = AUTHOR,
    beside: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
) -> Material:
    """Write what the declared agent would be asked, without asking it."""
    declared = agents.load()
    if author not in declared:
        raise EngineNotReady(f"agents.yaml declares no {author}")
    return material.gather(question, declared[author], beside)
