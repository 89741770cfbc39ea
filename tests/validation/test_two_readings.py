"""Is a setting refused that two programs would read differently, however it is written?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import TOOLS, WHITELIST, ask, changed, make_repository
from validation import linting, scalars
from validation.gates import parameters, syntax
from validation.models import Outcome
from validation.scalars import Unreadable

TEXT = TOOLS.decode()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {"config/tools.yaml": TOOLS, "config/times.yaml": b"start: 12:30\nport: 1_000\n"}
    return make_repository(tmp_path, files)


@pytest.mark.parametrize("value", ["15:00", "6:40", "9_00", "+9_00", "0b1110000100", "1:0.5"])
def test_a_number_that_others_read_as_text_is_refused_with_what_to_do(
    repository: Repository, value: str
) -> None:
    text = TEXT.replace("400", value)
    verdict = ask(syntax, changed(repository, {"config/tools.yaml": text}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].line == 3
    assert verdict.summary == (
        f"{value} is a number to some programs and text to others;"
        " write the number plainly, or put it in quotes"
    )


@pytest.mark.parametrize(
    "value",
    ["900", "0x384", "-5", "1.5", "1e3", '"15:00"', "'9_00'", "a:b", "a_b", "10.0.0.1", "12:30:x"],
)
def test_what_has_one_reading_passes(value: str) -> None:
    assert [remark.what for remark in linting.yaml("a.yaml", f"a: {value}\n")] == []


def test_a_doubtful_number_that_was_there_before_blocks_no_neighbour(
    repository: Repository,
) -> None:
    text = "# opening hours\nstart: 12:30\nport: 1_000\nend: 18\n"
    change = changed(repository, {"config/times.yaml": text})
    assert ask(syntax, change, repository).outcome == Outcome.PASSED
    change = changed(repository, {"config/times.yaml": text.replace("18", "18:00")})
    assert [mark.line for mark in ask(syntax, change, repository).findings] == [4]


def test_a_tag_does_not_hide_a_doubtful_number() -> None:
    [remark] = linting.yaml("a.yaml", 'a: 1\nb: !!int "15:00"\n')
    assert (remark.line, remark.refuses) == (2, True)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"a": ' + "9" * 5000 + "}"),
        ("a.toml", "a = " + "9" * 5000 + "\n"),
        ("a.yaml", "a: " + "9" * 5000 + "\n"),
        ("a.yaml", "a: 0x" + "f" * 5000 + "\n"),
        ("a.toml", "a = 0x" + "f" * 5000 + "\n"),
        ("a.json", '{"a": ' + "9" * 100 + "}"),
    ],
)
def test_an_endless_number_cannot_be_read_and_breaks_nothing(path: str, text: str) -> None:
    with pytest.raises(Unreadable, match=r"digits|Exceeds|cannot be read"):
        scalars.leaves(path, text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('{"a": 1e3}', 1000.0),
        ('{"a": 1E400}', float("inf")),
        ('{"a": -0.0}', -0.0),
        ('{"a": 1.0}', 1.0),
    ],
)
def test_another_spelling_of_a_whole_number_is_no_integer(text: str, number: float) -> None:
    assert repr(scalars.leaves("a.json", text)["a"]) == repr(number)
    bound = WHITELIST.find("config/tools.yaml", "tools.search.timeout_ms")
    assert bound is not None
    assert "is not an integer" in (bound.allows(400, number) or "")
    assert "is not an integer" in (bound.admits(number) or "")


@pytest.mark.parametrize("value", [True, False, "900", None, [900], {}, float("nan"), 900.0])
def test_only_an_integer_is_an_integer(value: object) -> None:
    bound = WHITELIST.find("config/tools.yaml", "tools.search.timeout_ms")
    assert bound is not None
    assert bound.allows(400, value)
    assert bound.admits(value)
    assert bound.allows(value, 900) == f"it cannot be compared with {value!r}, the value before"


def test_a_number_may_be_whole_or_not_but_never_endless() -> None:
    bound = WHITELIST.find("config/tools.yaml", "tools.search.weight")
    assert bound is not None
    assert bound.allows(0.5, 1) is None
    assert bound.allows(0, 0.5) is None
    for value in (float("inf"), float("-inf"), float("nan"), True, "0.5"):
        assert bound.admits(value) == f"{value!r} is not a number"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("null", '"None"'),
        ("~", "None"),
        ("true", '"True"'),
        ("on", '"True"'),
        ("1", '"1"'),
        ("1.5", '"1.5"'),
        ('"[0]"', '"<0>"'),
    ],
)
def test_no_key_hides_another_that_looks_like_it(first: str, second: str) -> None:
    found = scalars.leaves("a.yaml", f"tools:\n  {first}: 1\n  {second}: 2\n")
    assert sorted(found.values(), key=str) == [1, 2]


@pytest.mark.parametrize("key", ["1.5", "null", "2020-01-01", '"a.b"', "1"])
def test_a_key_of_any_kind_is_one_step_of_the_path(key: str) -> None:
    text = f"tools:\n  {key}:\n    timeout_ms: 400\n"
    [found] = scalars.leaves("a.yaml", text)
    assert WHITELIST.find("config/tools.yaml", found) is not None
    assert scalars.leaves("a.yaml", scalars.replace("a.yaml", text, found, 500)) == {found: 500}
    assert scalars.lines("a.yaml", text) == {found: 3}


def test_a_value_moved_in_two_steps_of_one_change_is_still_moved_too_far(
    repository: Repository,
) -> None:
    """Two keys that end in one place count by where they end."""
    shared = TEXT.replace("400", "2400").replace(
        "    retries", "    <<: {timeout_ms: 9000}\n    retries"
    )
    both = ask(parameters, changed(repository, {"config/tools.yaml": shared}), repository)
    assert both.outcome == Outcome.PASSED  # the merge key yields to the key itself: 400 → 2400
    merged = TEXT.replace("    timeout_ms: 400\n", "    <<: {timeout_ms: 9000}\n")
    moved = ask(parameters, changed(repository, {"config/tools.yaml": merged}), repository)
    assert moved.outcome == Outcome.REFUSED
    assert "moves it by 8600; one change may move it by 2000" in moved.summary


def test_the_same_setting_in_a_second_file_is_shown_to_a_person(repository: Repository) -> None:
    change = changed(repository, {"config/tools.yml": TEXT.replace("400", "9000")})
    verdict = ask(parameters, change, repository)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert any("set where nothing was set" in mark.message for mark in verdict.findings)


@pytest.mark.parametrize("newline", ["\r", "\n", "\r\n"])
def test_no_kind_of_line_end_hides_the_encoding_of_code(
    repository: Repository, newline: str
) -> None:
    text = newline.join(["", "# coding: utf-7", "x = 1", ""])
    verdict = ask(syntax, changed(repository, {"a.py": text}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert "declares the encoding utf-7, in which code can hide" in verdict.summary


@pytest.mark.parametrize(
    "cookie", ["rot13", "unicode_escape", "raw-unicode-escape", "latin-1", "hex"]
)
def test_code_in_any_encoding_but_utf_8_is_refused(repository: Repository, cookie: str) -> None:
    text = f"# vim: set fileencoding={cookie} :\nx = 1\n"
    assert ask(syntax, changed(repository, {"a.py": text}), repository).outcome == Outcome.REFUSED


@pytest.mark.parametrize(
    "code",
    [
        "-" * 100_000 + "1",
        "x" + ".a" * 100_000,
        "1+" * 100_000 + "1",
        "if x: pass\n" + "elif x: pass\n" * 20_000,
        "x" + "()" * 100_000,
        "x = " + "9" * 5_000,
    ],
)
def test_code_made_to_exhaust_the_compiler_is_refused(repository: Repository, code: str) -> None:
    verdict = ask(syntax, changed(repository, {"a.py": f"{code}\n"}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].path == "a.py"
