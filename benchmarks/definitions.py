"""How does a person define a benchmark of a target's own, and try it before it counts?"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from audit import log
from audit.events import Event
from audit.log import Actor
from benchmarks.choosing import Chosen
from benchmarks.measures.own import BadDefinition, benchmark
from benchmarks.models import Definition
from benchmarks.running import together
from benchmarks.running.together import Scored
from benchmarks.running.trees import Tree
from targets.manifest import OwnBenchmark
from targets.models import Target

TRIED = 30.0  # seconds, while a person waits


def read(said: Mapping[str, Any]) -> OwnBenchmark:
    """Return a definition; raise BadDefinition naming the field and what it lacks."""
    try:
        found = OwnBenchmark.model_validate(dict(said))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the definition"
        raise BadDefinition(f"{where}: {first['msg']}") from error
    benchmark(found)  # refuses a name of ours, and a pattern that cannot be searched for
    return found


def attempt(definition: OwnBenchmark, tree: Tree) -> Scored:
    """Run a definition once on a tree; nothing is kept."""
    one = benchmark(definition)
    seconds = min(definition.timeout_seconds, TRIED)
    with tree.scene() as scene:
        return together.one(scene, Chosen(replace(one, seconds=seconds), one.weight, seconds))


def define(target: Target, definition: OwnBenchmark, *, actor: Actor, at: datetime) -> Definition:
    """Keep a definition; from now on it is measured with the others."""
    said = definition.model_dump(mode="json")
    try:
        with transaction.atomic():
            row = Definition.objects.create(
                target=target,
                name=definition.name,
                definition=said,
                defined_by=actor.id,
                defined_at=at,
            )
            _record(Event.BENCHMARK_DEFINED, row, actor, at)
    except IntegrityError as error:
        raise BadDefinition(
            f"name: {definition.name} is defined already; remove it first, or choose another name"
        ) from error
    return row


def remove(row: Definition, *, actor: Actor, at: datetime) -> None:
    """Take a definition away; what it measured stays."""
    with transaction.atomic():
        _record(Event.BENCHMARK_REMOVED, row, actor, at)
        row.delete()


def of_target(target: Target) -> tuple[OwnBenchmark, ...]:
    """Return the definitions that were made on a target's page."""
    rows = Definition.objects.filter(target=target)
    return tuple(OwnBenchmark.model_validate(row.definition) for row in rows)


def _record(event: Event, row: Definition, actor: Actor, at: datetime) -> None:
    slug = row.target.slug
    log.record(
        event,
        actor=actor,
        subject=f"target:{slug}",
        target=slug,
        at=at,
        facts={"name": row.name},
        texts={"definition": json.dumps(row.definition, sort_keys=True)},
    )
