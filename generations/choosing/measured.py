"""Which things do the benchmarks say could be better: failing tests, findings, low scores?"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.measured import Better, Found, number
from benchmarks.running.together import Scored
from generations.choosing.focus import Focus

TESTS = "test_pass_rate"
RED = 3.0  # a test that fails is a fault for certain, where a finding is a suspicion
LOW = 0.8  # a share below it could be better
SHOWN = 20  # findings that a prompt or a page is told of
MOST_TESTS = 500


def focuses(scored: Iterable[Scored]) -> Iterator[Focus]:
    """Yield one focus for each group of failing tests, each rule of findings, each low share."""
    for one in scored:
        if not one.measured.is_measured or not one.chosen.weight:
            continue
        groups: dict[str, list[Found]] = defaultdict(list)
        for found in one.measured.findings:
            groups[_group(one, found)].append(found)
        for name, group in groups.items():
            yield _tests(one, name, group) if one.chosen.name == TESTS else _rule(one, name, group)
        if not groups and _is_low(one):
            yield _score(one)


def often(many: int) -> float:
    """Return what a number of sightings counts: the hundredth says less than the second."""
    return 1.0 + math.log2(many) if many > 0 else 0.0


def _group(one: Scored, found: Found) -> str:
    """Name what belongs together: the tests of a file or a module, else the findings of a rule."""
    name = found.fingerprint
    if one.chosen.name != TESTS:
        return name.rule
    if name.symbol:  # pytest names a file and a test in it
        return name.path
    return ".".join(name.path.split(".")[:-2]) or name.path


def _tests(one: Scored, name: str, group: Sequence[Found]) -> Focus:
    tests = sorted(_test(found) for found in group)
    many = f"{len(tests)} tests fail" if len(tests) > 1 else "a test fails"
    file = name if name.endswith(".py") else f"{name.replace('.', '/')}.py"
    return Focus(
        fingerprint=f"{TESTS}:{name}"[:300],
        words=f"{many} in {name}: {', '.join(tests[:3])}{', …' if len(tests) > 3 else ''}",
        severity=one.chosen.weight * RED,
        recurrence=often(len(tests)),
        paths=(file,),
        facts={
            "benchmark": TESTS,
            "count": len(tests),
            "share": len(tests) / max(len(one.measured.items), 1),
            "tests": tests[:MOST_TESTS],
            "findings": [_shown(found) for found in group[:SHOWN]],
        },
    )


def _test(found: Found) -> str:
    name = found.fingerprint
    return f"{name.path}::{name.symbol}" if name.symbol else name.path


def _rule(one: Scored, rule: str, group: Sequence[Found]) -> Focus:
    paths = tuple(sorted({found.fingerprint.path for found in group if found.fingerprint.path}))
    files = f" in {len(paths)} files" if len(paths) > 1 else f" in {paths[0]}" if paths else ""
    times = f"{len(group)} times" if len(group) > 1 else "once"
    example = f": {group[0].message}" if group[0].message else ""
    return Focus(
        fingerprint=f"{one.chosen.name}:{rule}"[:300],
        words=f"{one.chosen.name} finds {rule} {times}{files}{example}",
        severity=one.chosen.weight,
        recurrence=often(len(group)),
        paths=paths,
        facts={
            "benchmark": one.chosen.name,
            "rule": rule,
            "count": len(group),
            "share": len(group) / max(len(one.measured.findings), 1),
            "findings": [_shown(found) for found in group[:SHOWN]],
        },
    )


def _score(one: Scored) -> Focus:
    value = one.measured.value or 0.0
    benchmark = one.chosen.benchmark
    return Focus(
        fingerprint=f"score:{one.chosen.name}",
        words=f"{one.chosen.name} is at {number(value, benchmark.unit)}: {one.measured.words}",
        severity=one.chosen.weight,
        recurrence=1.0 - value,
        facts={"benchmark": one.chosen.name, "value": value},
    )


def _is_low(one: Scored) -> bool:
    benchmark, value = one.chosen.benchmark, one.measured.value
    is_share = benchmark.unit == "share" and benchmark.better == Better.HIGHER
    return is_share and value is not None and value < LOW


def _shown(found: Found) -> dict[str, object]:
    name = found.fingerprint
    return {
        "rule": name.rule,
        "path": name.path,
        "symbol": name.symbol,
        "line": found.line,
        "message": found.message,
    }
