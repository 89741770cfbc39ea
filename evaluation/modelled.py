"""What does a language model answer about a target's failures?"""

from evaluation.answers import AUTHOR, EngineAnswer, Question
from evaluation.asking import material
from evaluation.asking.material import Material
from personas import agents
from personas.ask import ask
from personas.providers import EngineNotReady
from ports.llm import Model


def answer(question: Question, asked: Material, model: Model | None = None) -> EngineAnswer:
    """Ask the declared agent, and return its words untouched."""
    said = ask(AUTHOR, asked.text, target=question.target, at=question.now, model=model)
    return EngineAnswer(
        text=said.text,
        engine=said.engine,
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


def prepared(question: Question) -> Material:
    """Write what the declared agent would be asked, without asking it."""
    declared = agents.load()
    if AUTHOR not in declared:
        raise EngineNotReady(f"agents.yaml declares no {AUTHOR}")
    return material.gather(question, declared[AUTHOR].prompt)
