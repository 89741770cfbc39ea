"""Which agents are declared, can they be asked, and are they in the database as declared?"""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from personas.agents import Agent, BadAgents, load
from personas.ledger import table
from personas.ledger.prices import BadPrices
from personas.lifetimes import Ending, endings
from personas.providers import readiness
from personas.provisioning import SameVersion, differences, digest, provision


class Command(BaseCommand):
    """Check config/agents.yaml, show what it declares, and provision it."""

    help = "Check config/agents.yaml; show it, compare it with the database, or provision it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to provision, to compare, and the form that a script reads."""
        parser.add_argument("what", nargs="?", choices=["show", "provision"], default="show")
        parser.add_argument("--diff", action="store_true", help="compare with the database only")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        """Load, then show, compare or provision; fail with every mistake."""
        try:
            declared = load()
            ends = endings(declared.values(), table.in_force(), timezone.now().date())
        except BadAgents as error:
            raise CommandError(f"agents.yaml cannot be used:\n{error}") from error
        except BadPrices as error:
            raise CommandError(f"prices.toml cannot be used:\n{error}") from error
        if options["diff"]:
            self._compare(declared, as_json=options["json"])
        elif what == "provision":
            self._provision(declared)
        elif options["json"]:
            self._print_json(declared, ends)
        else:
            self._print(declared, ends)

    def _compare(self, declared: Mapping[str, Agent], *, as_json: bool) -> None:
        changes = differences(declared)
        if as_json:
            told = [{"agent": c.name, "kind": c.kind, "fields": c.fields} for c in changes]
            self.stdout.write(json.dumps({"digest": digest(declared), "changes": told}))
        else:
            lines = [line for change in changes for line in change.lines]
            self.stdout.write("\n".join(lines) or "provisioned as declared")
        if changes:
            raise SystemExit(1)

    def _provision(self, declared: Mapping[str, Agent]) -> None:
        try:
            changes = provision(declared, actor=Actor.system("cli"), at=timezone.now())
        except SameVersion as error:
            raise CommandError(f"Nothing was provisioned: {error}.") from error
        for change in changes:
            self.stdout.write(f"{change.name}: {change.kind}")
        self.stdout.write(f"provisioned, digest {digest(declared)[:16]}")

    def _print_json(self, declared: Mapping[str, Agent], ends: list[Ending]) -> None:
        ready, reason = readiness(declared.values())
        told = {
            "ready": ready,
            "reason": reason,
            "agents": [shown(agent) for agent in declared.values()],
            "retiring": [ending.words for ending in ends],
        }
        self.stdout.write(json.dumps(told))

    def _print(self, declared: Mapping[str, Agent], ends: list[Ending]) -> None:
        for agent in declared.values():
            self.stdout.write(line(agent))
        for ending in ends:
            self.stdout.write(f"! {ending.words}")
        self.stdout.write(readiness(declared.values())[1])


def shown(agent: Agent) -> dict[str, object]:
    """Return an agent's fields with the front matter of its prompt, without the prompt's text."""
    fields = agent.model_dump(exclude={"prompt"})
    prompt = {"prompt_version": agent.prompt.version, "prompt_title": agent.prompt.title}
    return {**fields, **prompt, "prompt_digest": agent.prompt_digest, "digest": agent.digest}


def line(agent: Agent) -> str:
    """Write an agent on one line."""
    tools = ", ".join(agent.extensions) or "no extensions"
    return (
        f"{agent.name:<13} {agent.model:<20} effort {agent.effort:<7} "
        f"at most {agent.max_prompt_tokens} tokens in, {agent.max_tokens} out, "
        f"prompt {agent.persona} v{agent.prompt.version} “{agent.prompt.title}”, {tools}"
    )
