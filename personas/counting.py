"""How many tokens does a question have, and is it small enough to be asked?"""

import json
from dataclasses import dataclass

from personas.agents import Agent
from personas.wording import estimated_tokens
from ports.llm import Model, ModelError, Request
from ports.stopping import awaited

MOST = 1_000_000_000  # a larger count is no count; it is refused all the same


class PromptTooLarge(Exception):
    """Say that a question was refused before any request, since its agent may not ask so much."""


@dataclass(frozen=True)
class Size:
    """Hold a number of tokens, and whether it was only estimated."""

    tokens: int
    estimated: bool

    def __str__(self) -> str:
        """Write it so that an estimate never passes for a count."""
        counted = f"{self.tokens:,} tokens".replace(",", " ")
        return f"{counted} (estimated)" if self.estimated else counted


def size(model: Model, request: Request) -> Size:
    """Ask the provider for the size; estimate it where the provider cannot tell."""
    try:
        counted = awaited(lambda: model.count(request))
    except ModelError:  # what is wrong comes to light, and is kept, when the question is asked
        counted = None
    if counted is not None:
        return Size(min(counted, MOST), estimated=False)
    schema = json.dumps(request.schema) if request.schema is not None else ""
    return Size(estimated_tokens(request.system + request.prompt + schema), estimated=True)


def check(agent: Agent, found: Size) -> None:
    """Raise PromptTooLarge where a question is larger than its agent may ask."""
    role = estimated_tokens(agent.prompt.text)
    if found.tokens > agent.max_prompt_tokens + role:
        raise PromptTooLarge(
            f"{agent.name} may be asked {Size(agent.max_prompt_tokens, estimated=False)} beside"
            f" its role, and this prompt has {found} with it; ask about less, or raise"
            " max_prompt_tokens in agents.yaml"
        )
