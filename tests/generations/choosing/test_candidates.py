"""Does everything that could be better become one focus each, with the same name every time?"""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings

from benchmarks.choosing import Chosen
from benchmarks.measured import Fingerprint, Found, Measured, Outcome
from benchmarks.measures import BENCHMARKS
from benchmarks.models import Measurement
from benchmarks.running.together import Scored
from generations.choosing import candidates, failures, measured
from generations.choosing.focus import Focus
from generations.models import Result
from generations.phases import baseline
from targets.models import Target
from telemetry.patterns.vocabulary import State
from tests.factories import commit_to_origin, make_pattern, make_proposal, make_target
from tests.generations.embedded.walking import SHOP, begin, run_of, target, turn

BY_NAME = {one.name: one for one in BENCHMARKS}
pytestmark = pytest.mark.django_db


def scored(
    name: str,
    *found: tuple[str, str, str],
    value: float | None = 1.0,
    weight: float = 2.0,
    outcome: Outcome = Outcome.MEASURED,
) -> Scored:
    findings = tuple(Found(Fingerprint(*one), 7, f"about {one[0]}") for one in found)
    said = Measured(outcome, "words", value, findings)
    return Scored(Chosen(BY_NAME[name], weight, 60), said)


def only(one: Scored) -> Focus:
    (focus,) = measured.focuses([one])
    return focus


def test_findings_are_grouped_by_their_rule() -> None:
    places = [("F401", "b.py", "f"), ("F401", "a.py", ""), ("F841", "a.py", "g")]
    first, second = measured.focuses([scored("lint_score", *places)])
    assert (first.fingerprint, second.fingerprint) == ("lint_score:F401", "lint_score:F841")
    assert first.paths == ("a.py", "b.py")
    assert (first.severity, first.recurrence) == (2.0, 2.0)
    assert first.words == "lint_score finds F401 2 times in 2 files: about F401"
    assert first.facts["share"] == pytest.approx(2 / 3)
    assert first.facts["findings"][0] == {
        "rule": "F401",
        "path": "b.py",
        "symbol": "f",
        "line": 7,
        "message": "about F401",
    }


def test_failing_tests_are_grouped_by_their_file_and_weigh_more() -> None:
    red = [("failed", "tests/a.py", "test_one"), ("error", "tests/a.py", "K::test_two")]
    focus = only(scored("test_pass_rate", *red))
    assert focus.fingerprint == "test_pass_rate:tests/a.py"
    assert focus.severity == 2.0 * measured.RED
    assert focus.facts["tests"] == ["tests/a.py::K::test_two", "tests/a.py::test_one"]
    assert focus.words.startswith("2 tests fail in tests/a.py: ")


def test_tests_of_unittest_are_grouped_by_their_module() -> None:
    red = [("failed", "tests.test_shop.Shop.test_one", ""), ("failed", "one", "")]
    assert [
        (one.fingerprint, one.paths, one.facts["tests"])
        for one in measured.focuses([scored("test_pass_rate", *red)])
    ] == [
        (
            "test_pass_rate:tests.test_shop",
            ("tests/test_shop.py",),
            ["tests.test_shop.Shop.test_one"],
        ),
        ("test_pass_rate:one", ("one.py",), ["one"]),
    ]


def test_a_low_share_without_a_finding_is_something_as_well() -> None:
    low = only(scored("code_coverage", value=0.25))
    assert (low.fingerprint, low.recurrence) == ("score:code_coverage", 0.75)
    assert list(measured.focuses([scored("code_coverage", value=0.9)])) == []
    assert list(measured.focuses([scored("lint_score", value=0.0)])) == []


def test_what_has_no_score_or_no_weight_offers_nothing() -> None:
    one = ("F401", "a.py", "")
    assert list(measured.focuses([scored("lint_score", one, weight=0.0)])) == []
    silent = scored("lint_score", one, value=None, outcome=Outcome.NOT_RUN)
    assert list(measured.focuses([silent])) == []


def test_failures_of_the_agents_count_while_nobody_has_settled_them(
    tmp_path: Path, settings: LazySettings
) -> None:
    on = target(tmp_path, settings)
    grave = make_pattern(on, component="search", events=8)
    plain, muted, merged = (make_pattern(on, component=name) for name in ("a", "b", "c"))
    type(grave).objects.filter(pk=grave.pk).update(severity="critical")
    type(grave).objects.filter(pk=muted.pk).update(state=State.KNOWN)
    type(grave).objects.filter(pk=merged.pk).update(merged_into=plain)
    found = {one.fingerprint: one for one in failures.focuses(on)}
    assert set(found) == {f"pattern:{grave.pk}", f"pattern:{plain.pk}"}
    assert found[f"pattern:{grave.pk}"].worth == 8.0 * 4.0
    assert found[f"pattern:{grave.pk}"].facts["component"] == "search"


def test_a_failure_that_an_open_proposal_answers_waits(tmp_path: Path) -> None:
    on = make_target(tmp_path)
    pattern, other = make_pattern(on), make_pattern(on)
    make_proposal(on, front=f"patterns: [{pattern.pk}]\n")
    assert [one.fingerprint for one in failures.focuses(on)] == [f"pattern:{other.pk}"]


def looked(on: Target, **columns: object) -> list[str]:
    generation = begin(on)
    generation.base_commit = on.head_commit
    for name, value in columns.items():
        setattr(generation, name, value)
    return [one.fingerprint for one in candidates.of(turn(generation))]


def test_a_brief_stands_alone(tmp_path: Path, settings: LazySettings) -> None:
    on = target(tmp_path, settings)
    assert looked(on, brief="Sort the orders\nby day", subject="idea:3") == ["brief:idea:3"]


def test_a_brief_without_a_subject_is_named_by_its_first_line(
    tmp_path: Path, settings: LazySettings
) -> None:
    assert looked(target(tmp_path, settings), brief="Sort\nby day") == ["brief:Sort"]


def test_the_base_is_asked_and_not_what_came_after_it(
    tmp_path: Path, settings: LazySettings
) -> None:
    on = target(tmp_path, settings)
    commit_to_origin(on, {"shop/more.py": "x = f'nothing'\n"})
    assert looked(on) == ["lint_score:F401"]


def test_what_has_no_score_is_not_waited_for_once_more(
    tmp_path: Path, settings: LazySettings
) -> None:
    on = target(tmp_path, settings, benchmarks=("lint_score", "doc_coverage"))
    generation = begin(on)
    generation.base_commit = on.head_commit
    assert candidates.has_score(turn(generation)) is None
    scores = {"lint_score": 2.0, "doc_coverage": None}
    run_of(generation, "baseline", result=Result.PASSED, details={"scores": scores})
    assert candidates.has_score(turn(generation)) == frozenset({"lint_score"})
    assert [one.fingerprint for one in candidates.of(turn(generation))] == ["lint_score:F401"]
    assert set(Measurement.objects.values_list("benchmark", flat=True)) == {"lint_score"}


def test_only_what_was_asked_in_full_and_has_no_score_is_left_out_of_the_gate(
    tmp_path: Path, settings: LazySettings
) -> None:
    files = {**SHOP, ".selfimprove.toml": "[benchmarks.timeouts]\ntype_check = 0.001\n"}
    on = target(tmp_path, settings, files)
    generation = begin(on)
    generation.base_commit = on.head_commit
    assert candidates.gave_none(turn(generation)) == {}
    silent = {"test_pass_rate": "it took too long", "type_check": "it took too long"}
    run_of(generation, "baseline", result=Result.PASSED, details={"without_a_score": silent})
    assert candidates.gave_none(turn(generation)) == {"test_pass_rate": "it took too long"}


def test_ten_thousand_findings_are_weighed() -> None:
    places = [(f"F{n % 40:03}", f"shop/m{n % 800}.py", f"f{n}") for n in range(10_000)]
    held = scored("lint_score", *places)
    found = list(measured.focuses([held, replace(held, chosen=held.chosen)]))
    assert len(found) == 80
    assert all(len(one.facts["findings"]) == measured.SHOWN for one in found)


def test_what_a_target_says_of_itself_wrongly_is_its_own_doing(
    tmp_path: Path, settings: LazySettings
) -> None:
    on = target(tmp_path, settings, {".selfimprove.toml": "[benchmarks\n", "a.py": "import os\n"})
    answer = baseline.run(turn(begin(on)))
    assert getattr(answer, "kind", "") == "not_measured"
    assert ".selfimprove.toml" in getattr(answer, "reason", "")
