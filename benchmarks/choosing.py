"""Which benchmarks count for a target, how much, and how long may each take?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from benchmarks.measures import BENCHMARKS
from benchmarks.measures.asking import Benchmark
from benchmarks.measures.own import benchmark
from benchmarks.names import NAMES
from targets.manifest import Manifest, OwnBenchmark


class BadChoice(ValueError):
    """A name or a limit cannot be used; the words say where it stands and what is known."""


@dataclass(frozen=True)
class Chosen:
    """Hold one benchmark with its weight and its limit."""

    benchmark: Benchmark
    weight: float
    seconds: float

    @property
    def name(self) -> str:
        """Return the benchmark's name."""
        return self.benchmark.name


def chosen(
    manifest: Manifest, *, more: Iterable[OwnBenchmark] = (), only: Sequence[str] = ()
) -> tuple[Chosen, ...]:
    """Return what counts, by the configuration, the manifest and the pages; raise BadChoice."""
    section = settings.SELFIMPROVE.benchmarks
    own = _own(manifest, more)
    known = {one.name: one for one in (*BENCHMARKS, *own)}
    said = manifest.benchmarks
    places: Mapping[str, Iterable[str]] = {
        "[benchmarks] enabled of the manifest": said.enabled or (),
        "[benchmarks.weights] of the manifest": said.weights,
        "[benchmarks.timeouts] of the manifest": said.timeouts,
        "--only": only,
    }
    for place, names in places.items():
        _refuse_unknown(place, names, known)
    enabled = {*section.enabled, *(one.name for one in own)}
    if said.enabled is not None:
        enabled &= set(said.enabled)
    return tuple(
        Chosen(one, _weight(one, manifest), _seconds(one, manifest))
        for one in known.values()
        if (one.name in only if only else one.name in enabled)
    )


def _own(manifest: Manifest, more: Iterable[OwnBenchmark]) -> list[Benchmark]:
    definitions = [*manifest.benchmarks.own, *more]
    names = [one.name for one in definitions]
    for name in names:
        if names.count(name) > 1:
            raise BadChoice(f"{name} is defined by the manifest and on the page: remove one")
    return [benchmark(one) for one in definitions]


def _refuse_unknown(place: str, names: Iterable[str], known: Mapping[str, Benchmark]) -> None:
    for name in names:
        if name not in known:
            raise BadChoice(
                f"{place}: there is no benchmark {name!r}; known are {', '.join(known)}"
            )


def _weight(one: Benchmark, manifest: Manifest) -> float:
    """Return a weight: the manifest's before the configuration's before the benchmark's own."""
    section = settings.SELFIMPROVE.benchmarks
    said = manifest.benchmarks.weights
    return float(said.get(one.name, section.weights.get(one.name, one.weight)))


def _seconds(one: Benchmark, manifest: Manifest) -> float:
    """Return a limit; a manifest may shorten the operator's, and not lengthen it."""
    section = settings.SELFIMPROVE.benchmarks
    tests = one.starts and one.name in NAMES
    usual = section.test_timeout_seconds if tests else section.timeout_seconds
    most = section.timeouts.get(one.name, usual)
    wanted = manifest.benchmarks.timeouts.get(one.name)
    if wanted is None:
        wanted = one.seconds or (manifest.tests.timeout_seconds if tests else most)
    return float(min(most, wanted))
