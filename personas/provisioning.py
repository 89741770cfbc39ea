"""Which declarations are in the database, and how do they differ from the file?"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from personas import agents
from personas.agents import Agent
from personas.models import Provisioned

FIELDS = (
    *("persona", "provider", "model", "effort", "max_tokens", "max_prompt_tokens", "extensions"),
    *("prompt_version", "prompt_digest"),
)


class SameVersion(Exception):
    """The words of a prompt changed and its version did not; nothing was provisioned."""


@dataclass(frozen=True)
class Change:
    """Say how one agent's declaration differs from what is provisioned."""

    name: str
    kind: Literal["new", "changed", "withdrawn"]
    fields: tuple[tuple[str, object, object], ...] = ()

    @property
    def lines(self) -> list[str]:
        """Write it as a diff."""
        if self.kind == "withdrawn":
            return [f"- {self.name}"]
        if self.kind == "new":
            return [f"+ {self.name}", *(f"+   {name}: {new}" for name, _, new in self.fields)]
        told = [f"  {self.name}"]
        for name, old, new in self.fields:
            told += [f"-   {name}: {old}", f"+   {name}: {new}"]
        return told


def differences(declared: Mapping[str, Agent]) -> list[Change]:
    """Compare the file with the database, by agent and field."""
    rows = {row.name: row for row in Provisioned.objects.filter(withdrawn_at=None)}
    found = [_change(agent, rows.get(name)) for name, agent in declared.items()]
    gone = [Change(name, "withdrawn") for name in rows if name not in declared]
    return [change for change in found if change is not None] + gone


def provision(declared: Mapping[str, Agent], *, actor: Actor, at: datetime) -> list[Change]:
    """Put the declarations into the database; say on the log what changed, if anything did."""
    with transaction.atomic():
        list(Provisioned.objects.select_for_update())
        changes = differences(declared)
        _check_versions(changes)
        for change in changes:
            _store(change, declared, at)
        if changes:
            record(
                Event.AGENTS_PROVISIONED,
                actor=actor,
                subject="agents",
                at=at,
                facts={
                    "digest": digest(declared),
                    "agents": {name: agent.digest for name, agent in sorted(declared.items())},
                    "changed": {change.name: change.kind for change in changes},
                },
            )
    return changes


def begin(*, actor: Actor, at: datetime) -> bool:
    """Provision what a new installation declares; raise BadAgents.

    Only the first time: whoever changes the file later says so by the command.
    """
    if Provisioned.objects.exists():
        return False
    provision(agents.load(), actor=actor, at=at)
    return True


def digest(declared: Mapping[str, Agent]) -> str:
    """Return the digest of all declarations together."""
    lines = "".join(f"{name} {agent.digest}\n" for name, agent in sorted(declared.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _change(agent: Agent, row: Provisioned | None) -> Change | None:
    now = _fields(agent)
    if row is None:
        return Change(agent.name, "new", tuple((name, "", now[name]) for name in FIELDS))
    pairs = ((name, getattr(row, name), now[name]) for name in FIELDS)
    fields = tuple((name, old, new) for name, old, new in pairs if old != new)
    # The title of a prompt is part of the declaration, and of no field here.
    return Change(agent.name, "changed", fields) if fields or row.digest != agent.digest else None


def _check_versions(changes: Sequence[Change]) -> None:
    for change in changes:
        fields = {name for name, _, _ in change.fields}
        moved = fields & {"prompt_version", "persona"} or change.kind != "changed"
        if "prompt_digest" in fields and not moved:
            raise SameVersion(
                f"the words of the prompt of {change.name} changed, and its version did not;"
                " raise `version` in its front matter"
            )


def _store(change: Change, declared: Mapping[str, Agent], at: datetime) -> None:
    if change.kind == "withdrawn":
        Provisioned.objects.filter(name=change.name).update(withdrawn_at=at)
        return
    agent = declared[change.name]
    Provisioned.objects.update_or_create(
        name=agent.name,
        defaults={
            **_fields(agent),
            "digest": agent.digest,
            "provisioned_at": at,
            "withdrawn_at": None,
        },
    )


def _fields(agent: Agent) -> dict[str, Any]:
    own = {name: getattr(agent, name) for name in FIELDS if not name.startswith("prompt_")}
    prompt = {"prompt_version": agent.prompt.version, "prompt_digest": agent.prompt_digest}
    return {**own, **prompt}
