"""How does a command of a target's own become a benchmark like ours?"""

import json
from collections.abc import Mapping
from types import MappingProxyType

from benchmarks.measured import Better, Fingerprint, Found, Measured, Outcome, number
from benchmarks.measures import asking, reported, scores
from benchmarks.measures.asking import Benchmark, NotMeasured, Scene, every_file
from benchmarks.measures.reported import Said
from benchmarks.names import NAMES
from ports.sandbox import Ran
from targets.manifest import OwnBenchmark

NOTHING: Mapping[str, float] = MappingProxyType({})


class BadDefinition(ValueError):
    """A benchmark cannot be defined so; the words say what to do."""


def benchmark(definition: OwnBenchmark) -> Benchmark:
    """Return the benchmark that a definition describes; raise BadDefinition."""
    if definition.name in NAMES:
        raise BadDefinition(f"{definition.name} is one of ours: give yours another name")
    if definition.read == "regex":
        try:
            scores.compiled(definition.pattern)
        except scores.BadPattern as error:
            raise BadDefinition(f"{definition.name}: {error}") from error

    def measure(scene: Scene, seconds: float) -> Measured:
        return _measure(definition, scene, seconds)

    return Benchmark(
        name=definition.name,
        question=f"What does “{' '.join(definition.command)}” say?",
        measure=measure,
        reads=every_file,
        unit=definition.unit or _unit(definition),
        better=Better(definition.better),
        weight=definition.weight,
        seconds=definition.timeout_seconds,
        portable=True,
        starts=True,
        alone=True,
        definition=json.dumps(definition.model_dump(), sort_keys=True),
    )


def _unit(definition: OwnBenchmark) -> str:
    return "share" if definition.read == "junit" else ""


def _measure(definition: OwnBenchmark, scene: Scene, seconds: float) -> Measured:
    command = (definition.report, *definition.command)
    document, ran = asking.ask(
        scene, "commanding", *command, seconds=seconds, portable=asking.ANY_PYTHON
    )
    said = reported.read(Said, document, ran)
    output = _shown(said)
    if said.missing:
        raise NotMeasured(Outcome.NOT_RUN, f"the command cannot be started: {said.missing}", ran)
    try:
        value, items = _score(definition, said)
    except scores.NoScore as error:
        return Measured(Outcome.INCONCLUSIVE, str(error), output=output).ran_by(ran)
    words = number(value, definition.unit or _unit(definition))
    if definition.read == "exit":
        words = f"it ended with exit code {said.code}"
    return _measured(words, value, items, ran, output)


def _measured(
    words: str, value: float, items: Mapping[str, float], ran: Ran, output: str
) -> Measured:
    failing = [
        Found(Fingerprint("failed", *name.partition("::")[::2]))
        for name, passed in items.items()
        if not passed
    ]
    return Measured(
        outcome=Outcome.MEASURED,
        words=words,
        value=value,
        findings=reported.bounded(failing, ran),
        items=items,
        output=output,
    ).ran_by(ran)


def _score(definition: OwnBenchmark, said: Said) -> tuple[float, Mapping[str, float]]:
    if definition.read == "exit":
        return float(said.code == 0), NOTHING
    if said.trouble:
        raise scores.NoScore(said.trouble)
    if definition.read == "junit":  # tests that fail end with an error
        return scores.by_junit(said.report)
    if said.code:
        raise scores.NoScore(f"the command ended with exit code {said.code}")
    if definition.read == "json":
        return scores.by_pointer(said.report, definition.pointer), NOTHING
    return scores.by_pattern(said.report, definition.pattern), NOTHING


def _shown(said: Said) -> str:
    parts = (said.said.strip(), said.beside.strip())
    return "\n".join(part for part in parts if part)[-asking.SHOWN :]
