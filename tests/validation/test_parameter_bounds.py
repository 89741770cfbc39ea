"""Does a setting move only as far as the whitelist lets it, however it is written?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import TOOLS, ask, changed, make_repository
from validation.gates import parameters
from validation.models import Outcome
from validation.verdicts import GateVerdict

TEXT = TOOLS.decode()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path)


def with_tools(repository: Repository, text: str | None) -> GateVerdict:
    return ask(parameters, changed(repository, {"config/tools.yaml": text}), repository)


@pytest.mark.parametrize("value", ["450", "100", "2400", "0x1F4", "+500", '!!int "900"'])
def test_a_value_inside_its_bounds_passes(repository: Repository, value: str) -> None:
    verdict = with_tools(repository, TEXT.replace("400", value))
    assert verdict.outcome == Outcome.PASSED, verdict.findings
    assert verdict.summary == "1 setting changed, each inside its bounds"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("50", "outside 100 to 10000"),
        ("10050", "outside"),
        ("-400", "outside"),
        ("425", "not on the grid"),
        ("2450", "moves it by 2050"),
        ("900.0", "not an integer"),
        ('"900"', "not an integer"),
        ("true", "not an integer"),
        ("~", "not an integer"),
        (".inf", "not an integer"),
        ("1:30", "outside"),
        ("[900]", ""),
    ],
)
def test_a_value_outside_its_bounds_does_not_pass(
    repository: Repository, value: str, why: str
) -> None:
    verdict = with_tools(repository, TEXT.replace("400", value))
    assert verdict.outcome in (Outcome.REFUSED, Outcome.ACKNOWLEDGE)
    assert why in verdict.findings[0].message
    if why:
        assert verdict.outcome == Outcome.REFUSED
        assert verdict.findings[0].line == 3


def test_a_setting_that_nobody_permitted_needs_acknowledgement(repository: Repository) -> None:
    verdict = with_tools(repository, TEXT.replace("127.0.0.1", "example.org"))
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert "tools.search.url" in verdict.summary
    assert verdict.findings[0].line == 5


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "defaults: &d {timeout_ms: 99999}\n",
        TEXT.replace("  search:\n", "  search:\n    <<: {timeout_ms: 1}\n    hidden: 1\n"),
        TEXT + "  fetch: {timeout_ms: 500}\n",
        TEXT.replace("    timeout_ms: 400\n", ""),
        TEXT + '  "se\\x61rch2": {timeout_ms: 400}\n',
    ],
)
def test_what_is_added_or_removed_is_shown_to_a_person(repository: Repository, text: str) -> None:
    assert with_tools(repository, text).outcome == Outcome.ACKNOWLEDGE


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "  search:\n    timeout_ms: 99999\n",
        TEXT + "---\ntools: {}\n",
        TEXT.replace("400", "400\n    timeout_ms: 99999"),
        TEXT.replace("400", '400\n    "timeout\\x5fms": 99999'),
        "tools: [",
        TEXT + "  fetch: {timeout_ms: 7}\n",
    ],
)
def test_a_second_answer_hidden_in_the_file_is_refused(repository: Repository, text: str) -> None:
    assert with_tools(repository, text).outcome == Outcome.REFUSED


def test_an_anchor_that_moves_a_value_elsewhere_is_seen(tmp_path: Path) -> None:
    shared = "d: &d {timeout_ms: 400}\ntools: {search: *d}\n"
    repository = make_repository(tmp_path, {"config/tools.yaml": shared.encode()})
    verdict = with_tools(repository, shared.replace("400", "99950"))
    assert verdict.outcome == Outcome.REFUSED
    assert {mark.message.split(":")[0] for mark in verdict.findings} == {
        "d.timeout_ms",
        "tools.search.timeout_ms",
    }


def test_a_deleted_settings_file_is_shown_to_a_person(repository: Repository) -> None:
    verdict = with_tools(repository, None)
    assert (verdict.outcome, verdict.summary) == (
        Outcome.ACKNOWLEDGE,
        "the settings file is deleted",
    )


def test_comments_and_spelling_do_not_count(repository: Repository) -> None:
    text = "# why\n" + TEXT.replace("400", "4_00")
    verdict = with_tools(repository, text)
    assert verdict.summary == "none changed"


def test_a_file_without_parameters_is_not_this_gates_business(repository: Repository) -> None:
    verdict = ask(parameters, changed(repository, {"other.yaml": "a: [\n"}), repository)
    assert verdict.outcome == Outcome.PASSED


def test_steps_of_a_tenth_are_exact(tmp_path: Path) -> None:
    before = b"tools: {search: {weight: 0.1}}\n"
    repository = make_repository(tmp_path, {"config/tools.yaml": before})
    assert with_tools(repository, "tools: {search: {weight: 0.3}}\n").outcome == Outcome.PASSED
    verdict = with_tools(repository, "tools: {search: {weight: 0.35}}\n")
    assert "not on the grid" in verdict.summary
