"""Which agents are declared, and can they be asked?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from personas.agents import Agent, BadAgents, load
from personas.providers import readiness


class Command(BaseCommand):
    """Check config/agents.yaml and show what it declares."""

    help = "Check config/agents.yaml and show the declared agents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer the form that a script reads."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, then print a table or JSON; fail with every mistake."""
        try:
            declared = load()
        except BadAgents as error:
            raise CommandError(f"agents.yaml cannot be used:\n{error}") from error
        ready, reason = readiness(declared.values())
        if options["json"]:
            agents = [shown(agent) for agent in declared.values()]
            self.stdout.write(json.dumps({"ready": ready, "reason": reason, "agents": agents}))
            return
        for agent in declared.values():
            self.stdout.write(line(agent))
        self.stdout.write(reason)


def shown(agent: Agent) -> dict[str, object]:
    """Return an agent's fields without the text of its prompt."""
    fields = agent.model_dump(exclude={"prompt"})
    return {**fields, "prompt_version": agent.prompt.version}


def line(agent: Agent) -> str:
    """Write an agent on one line."""
    tools = ", ".join(agent.extensions) or "no extensions"
    return (
        f"{agent.name:<13} {agent.model:<20} effort {agent.effort:<7} "
        f"at most {agent.max_tokens} tokens, prompt {agent.persona} v{agent.prompt.version}, "
        f"{tools}"
    )
