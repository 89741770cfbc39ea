"""Is a benchmark of a target's own run, read as it says, and refused where that makes no sense?"""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import choosing, definitions
from benchmarks.choosing import BadChoice
from benchmarks.measured import Better, Measured, Outcome, number
from benchmarks.measures import own, scores
from benchmarks.measures.asking import NotMeasured
from benchmarks.measures.own import BadDefinition
from benchmarks.measures.scores import NoScore
from targets import manifest
from targets.manifest import BadManifest, OwnBenchmark
from tests.benchmarks.scenes import scene

CASES = (
    '<testcase classname="a" name="one"/><testcase classname="a" name="two"><failure/></testcase>'
)
FOLDER = "import os; os.mkdir('d')"
LINKED = "import os; os.symlink('/etc/hosts', 'l')"
LATIN = "import sys; sys.stdout.buffer.write(b'\\xff')"
NUMBER = """print('{"a": [0, {"p/q": 2.5}]}')"""
JUNIT = f'<testsuites><testsuite tests="2">{CASES}</testsuite></testsuites>'
CUT = JUNIT.replace('tests="2"', 'tests="3"')


def definition(**said: Any) -> OwnBenchmark:
    whole = {"name": "speed", "command": ["python3", "bench.py"], "read": "exit", **said}
    return definitions.read(whole)


def ran(folder: Path, code: str, *, seconds: float = 20, **said: Any) -> Measured:
    one = own.benchmark(definition(**said))
    return one.measure(scene(folder, {"bench.py": code}), seconds)


@pytest.mark.parametrize(
    ("said", "code", "value", "words"),
    [
        (
            {"read": "json", "pointer": "/a/1/p~1q"},
            """print('{"a": [0, {"p/q": 2.5}]}')""",
            2.5,
            "2.5",
        ),
        (
            {"read": "regex", "pattern": r"p95: ([0-9.]+)", "unit": "ms"},
            "print('p95: 12.5 ms')",
            12.5,
            "12.5 ms",
        ),
        ({"read": "junit"}, f"print({JUNIT!r}); raise SystemExit(1)", 0.5, "50.0%"),
        ({"read": "exit"}, "pass", 1.0, "it ended with exit code 0"),
        ({"read": "exit"}, "raise SystemExit(3)", 0.0, "it ended with exit code 3"),
    ],
    ids=["json", "regex", "junit", "exit-0", "exit-3"],
)
def test_each_way_to_read_a_score(
    said: dict[str, Any], code: str, value: float, words: str, tmp_path: Path
) -> None:
    found = ran(tmp_path, code, **said)
    assert (found.outcome, found.value, found.words) == (Outcome.MEASURED, value, words)


def test_a_report_file_is_read_and_what_is_printed_is_shown(tmp_path: Path) -> None:
    code = "print('hello'); open('out.json', 'w').write('{\"x\": 4}')"
    found = ran(tmp_path, code, read="json", pointer="/x", report="out.json")
    assert (found.value, found.output) == (4.0, "hello")


def test_cases_of_junit_are_items_and_failing_ones_findings(tmp_path: Path) -> None:
    found = ran(tmp_path, f"print({JUNIT!r})", read="junit")
    assert dict(found.items) == {"a::one": 1.0, "a::two": 0.0}
    assert [one.fingerprint.symbol for one in found.findings] == ["two"]


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ({"read": "json", "pointer": "/x"}, "print('{\"x\": NaN}')", "NaN"),
        ({"read": "json", "pointer": "/x"}, "print('{\"x\": 1e999}')", "inf"),
        ({"read": "json", "pointer": "/x"}, "print('{\"x\": ')", "no JSON, or cut"),
        ({"read": "json", "pointer": "/x"}, "print('{\"x\": true}')", "no number"),
        ({"read": "json", "pointer": "/x/y"}, "print('{\"x\": {}}')", "/x has no y"),
        ({"read": "json", "pointer": "/x"}, "raise SystemExit(2)", "exit code 2"),
        ({"read": "json", "pointer": "/x", "report": "no.json"}, "", "there is no report no.json"),
        ({"read": "json", "pointer": "/x", "report": "l"}, LINKED,
         "there is no report l"),
        ({"read": "json", "pointer": "/x", "report": "d"}, FOLDER, "plain file"),
        ({"read": "json", "pointer": "/x"}, "print('x' * 3_000_000)", "more than"),
        ({"read": "json", "pointer": "/x"}, LATIN, "UTF-8"),
        ({"read": "regex", "pattern": "x: (.*)"}, "print('x: nan')", "nan"),
        ({"read": "regex", "pattern": "x: (.*)"}, "print('x: 1\\nx: 2')", "matches 2 times"),
        ({"read": "regex", "pattern": "x: (.*)"}, "print('y')", "matches 0 times"),
        ({"read": "regex", "pattern": "x: (.*)"}, "print('x: many')", "no number"),
        ({"read": "junit"}, f"print({JUNIT[:60]!r})", "no XML, or cut"),
        ({"read": "junit"}, f"print({CUT!r})", "it is cut"),
        ({"read": "junit"}, "print('<html/>')", "its top is html"),
        ({"read": "junit"}, "print('<testsuite/>')", "no case that ran"),
        ({"read": "junit"}, "print('<!DOCTYPE x [<!ENTITY a \"b\">]><testsuite/>')", "entities"),
    ],
    ids=range(20),
)  # fmt: skip
def test_what_is_no_score_is_inconclusive_and_says_what_is_there(
    said: dict[str, Any], code: str, words: str, tmp_path: Path
) -> None:
    found = ran(tmp_path, code, **said)
    assert (found.outcome, found.value) == (Outcome.INCONCLUSIVE, None)
    assert words in found.words


def test_a_command_that_is_not_there_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(NotMeasured) as caught:
        ran(tmp_path, "", command=["no-such-program"])
    assert caught.value.outcome == Outcome.NOT_RUN
    assert "no-such-program" in caught.value.words


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(NotMeasured) as caught:
        ran(tmp_path, "import time; time.sleep(600)", seconds=2)
    assert caught.value.outcome == Outcome.BROKEN_OFF


def test_a_pattern_takes_no_longer_than_the_text_is_long() -> None:
    with pytest.raises(NoScore):
        scores.by_pattern("a" * 100_000, "(a+)+b")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": "lint_score"}, "one of ours"),
        ({"name": "Not A Name"}, "name"),
        ({"read": "json"}, "needs a pointer"),
        ({"read": "json", "pointer": "x"}, "begins with /"),
        ({"read": "regex"}, "needs a pattern"),
        ({"read": "regex", "pattern": "("}, "no pattern for RE2"),
        ({"read": "regex", "pattern": "x"}, "has 0 groups"),
        ({"read": "regex", "pattern": "(x)", "pointer": "/x"}, "no use for pointer"),
        ({"read": "exit", "report": "x"}, "no use for report"),
        ({"read": "junit", "report": "/etc/passwd"}, "within the target"),
        ({"read": "junit", "report": "../x"}, "within the target"),
        ({"read": "scrape"}, "read"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"weight": -1}, "weight"),
        ({"command": []}, "command"),
        ({"surprise": 1}, "surprise"),
    ],
    ids=range(16),
)
def test_a_definition_that_makes_no_sense_is_refused_with_its_reason(
    said: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadDefinition) as caught:
        definition(**said)
    assert words in str(caught.value)


MANIFEST = """
[benchmarks]
enabled = ["lint_score", "speed"]
weights = { lint_score = 0.5 }
timeouts = { lint_score = 7, speed = 9 }
[[benchmarks.own]]
name = "speed"
command = ["python3", "bench.py"]
read = "exit"
better = "lower"
weight = 4
"""


def test_a_manifest_chooses_weighs_and_adds() -> None:
    found = choosing.chosen(manifest.parse(MANIFEST.encode()))
    assert [(one.name, one.weight, one.seconds) for one in found] == [
        ("lint_score", 0.5, 7.0),
        ("speed", 4.0, 9.0),
    ]
    assert found[1].benchmark.better == Better.LOWER


def test_a_manifest_cannot_lengthen_a_limit() -> None:
    said = manifest.parse(b"[benchmarks]\ntimeouts = { lint_score = 3000 }\n")
    assert {one.seconds for one in choosing.chosen(said, only=["lint_score"])} == {60.0}


@pytest.mark.parametrize(
    "text",
    [
        '[benchmarks]\nenabled = ["gone"]\n',
        "[benchmarks.weights]\ngone = 1\n",
        "[benchmarks.timeouts]\ngone = 1\n",
    ],
    ids=["enabled", "weights", "timeouts"],
)
def test_an_unknown_name_is_refused_with_those_that_are_known(text: str) -> None:
    with pytest.raises(BadChoice, match="there is no benchmark 'gone'; known are code_coverage"):
        choosing.chosen(manifest.parse(text.encode()))


def test_one_name_is_defined_in_one_place() -> None:
    with pytest.raises(BadChoice, match="by the manifest and on the page"):
        choosing.chosen(manifest.parse(MANIFEST.encode()), more=[definition()])


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (MANIFEST + MANIFEST[MANIFEST.index("[["):], "benchmarks.own.1.name"),
        ("[benchmarks.weights]\nlint_score = nan\n", "benchmarks.weights.lint_score"),
        ("[benchmarks.weights]\nlint_score = -1\n", "benchmarks.weights.lint_score"),
        ("[benchmarks]\nsurprise = 1\n", "benchmarks.surprise"),
        ('[[benchmarks.own]]\nname = "x"\n', "benchmarks.own.0.command"),
    ],
    ids=["twice", "nan", "negative", "unknown", "half"],
)  # fmt: skip
def test_a_bad_section_of_a_manifest_says_where(text: str, where: str) -> None:
    with pytest.raises(BadManifest) as caught:
        manifest.parse(text.encode())
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "ms", "–"),
        (1, "ms", "1 ms"),
        (1, "findings", "1 finding"),
        (2, "findings", "2 findings"),
        (0.5, "share", "50.0%"),
        (3, "", "3"),
    ],
    ids=str,
)
def test_a_score_is_said_with_its_unit(value: float | None, unit: str, words: str) -> None:
    assert number(value, unit) == words
