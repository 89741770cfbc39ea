"""Is each playbook checked when it is read, and does it explain what it claims?"""

from pathlib import Path

import pytest

from evaluation.rules.playbooks import BadPlaybook, explaining, load

GOOD = """\
name = "mine"
order = 1
kind = "bugfix"
risk = "low"
minimum = 3
title = "T {component}"
problem = "P {count}"
root_cause = "C {old}"
rollback = "R {key}"
[match]
event_types = ["tool_call"]
error_codes = ["timeout"]
words = ["timed out"]
[[change]]
key = "tools.{component}.timeout_ms"
rule = "cover_slow_calls"
solution = "S {new}"
issues = "I"
mitigation = "M"
"""


def names(event_type: str, error_code: str, template: str) -> list[str]:
    found = explaining(load(), event_type=event_type, error_code=error_code, template=template)
    return [playbook.name for playbook in found]


@pytest.mark.parametrize(
    ("event_type", "error_code", "template", "expected"),
    [
        ("tool_call", "timeout", "upstream did not answer within <num> ms", ["tool-timeout"]),
        ("tool_call", "Timeout", "", ["tool-timeout"]),
        ("tool_call", "", "Request timed out", ["tool-timeout"]),
        ("tool_call", "429", "", ["retries-without-a-pause", "rate-limited"]),
        ("tool_call", "rate_limited", "slow down", ["rate-limited"]),
        ("task_failure", "connection", "", ["missing-retry"]),
        ("tool_call", "connection", "", []),
        ("tool_call", "503", "", ["retries-without-a-pause", "upstream-errors"]),
        ("task_failure", "", "503 Service Unavailable", ["upstream-errors"]),
        ("tool_call", "permission_denied", "not allowed", []),
        ("user_correction", "", "timed out", []),
        ("task_failure", "timeout", "", ["task-timeout"]),
        ("tool_call", "botocore.exceptions.ReadTimeoutError", "", ["tool-timeout"]),
        ("tool_call", "HTTP 413", "", ["batch-too-large"]),
        ("tool_call", "StatusCode.RESOURCE_EXHAUSTED", "", ["rate-limited"]),
        ("tool_call", "openai.APIConnectionError", "", ["connection-lost"]),
        ("tool_call", "", "QueuePool limit of size <*>, timed out", ["pool-exhausted"]),
        ("tool_call", "...", "", []),
        ("tool_call", " ", "", []),
    ],
)
def test_a_pattern_is_explained_by_its_code_or_its_words(
    event_type: str, error_code: str, template: str, expected: list[str]
) -> None:
    assert names(event_type, error_code, template) == expected


def test_the_error_code_weighs_more_than_the_words() -> None:
    assert names("tool_call", "503", "Request timed out") == [
        "retries-without-a-pause",
        "upstream-errors",
        "tool-timeout",
    ]


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ('"tool_call"', '"tool"', "match.event_types: Value error, no event type tool"),
        ('"cover_slow_calls"', '"guess"', "change.0.rule: Value error, no rule guess"),
        ("{component}.timeout", "web.timeout", "the key must have {component}"),
        ("P {count}", "P {secret}", "problem: unknown placeholder 'secret'"),
        ("S {new}", "S {new", "change.0.solution: unknown placeholder"),
        ("S {new}", "S {0}", "change.0.solution: unknown placeholder"),
        ("S {new}", "S {new.real}", "change.0.solution: unknown placeholder"),
        ("minimum = 3", "minimum = 0", "minimum:"),
        ('name = "mine"', "", "name: Field required"),
        ("minimum = 3", 'minimum = 3\ncolour = "red"', "colour: Extra inputs"),
        ('risk = "low"', "risk = ", "not readable as TOML"),
        ('risk = "low"', 'risk = "low"\nevidence = ["luck"]', "no condition luck; there are "),
        ("[[change]]", "[[change]]\nevidence = ['luck']", "change.0.evidence: "),
        ("[[change]]", "[[change]]\nevent_types = ['tool']", "no event type tool"),
        ("[match]", "[match]\nsays = ['(']", "is no pattern"),
        ("[match]", "[match]\nsays = ['[0-9]+']", "must find (?P<limit>"),
        ("[match]", "[match]\nsays = ['(?P<secret>.)']", "must find (?P<limit>"),
    ],
)
def test_a_wrong_playbook_is_refused_with_file_and_field(
    tmp_path: Path, change: str, to: str, told: str
) -> None:
    assert change in GOOD
    (tmp_path / "mine.toml").write_text(GOOD.replace(change, to, 1), encoding="utf-8")
    with pytest.raises(BadPlaybook, match=r"mine\.toml: ") as caught:
        load(tmp_path)
    assert told in str(caught.value)


MEND = """\
[[mend]]
fixer = "ast-grep"
rules = ["ast-grep:yaml-safe-load"]
named_by = ["frame"]
solution = "S {files}"
issues = "I"
mitigation = "M"
"""
MENDS = GOOD[: GOOD.index("[[change]]")].replace("{old}", "{fixer}").replace("{key}", "") + MEND


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ('"ast-grep"', '"magic"', "mend.0.fixer: Value error, no fixer magic; there are init-"),
        ("ast-grep:yaml", "ruff:yaml", "ruff:yaml-safe-load is no rule of ast-grep"),
        ("ast-grep:yaml-safe-load", "ast-grep:", "ast-grep: is no rule of ast-grep"),
        (
            "ast-grep:yaml-safe-load",
            "ast-grep:../x",
            "ast-grep has no pattern ../x; there are md5",
        ),
        ('["frame"]', '["guess"]', "mend.0.named_by.0: Input should be 'path', 'frame' or"),
        ('["frame"]', "[]", "mend.0.named_by: List should have at least 1 item"),
        ('named_by = ["frame"]\n', "", "mend.0.named_by: Field required"),
        ("S {files}", "S {new}", "mend.0.solution: unknown placeholder 'new'"),
        ("C {fixer}", "C {old}", "root_cause: unknown placeholder 'old'"),
        ("[[mend]]", "[[mend]]\nkey = 'tools.{component}.x'", "mend.0.key: Extra inputs"),
        ("[[mend]]", "[[mend]]\nevidence = ['luck']", "mend.0.evidence: "),
        (MEND, "", "the whole: Value error, it needs a [[change]] of a setting or a [[mend]]"),
    ],
)
def test_a_wrong_mend_is_refused_with_file_and_field(
    tmp_path: Path, change: str, to: str, told: str
) -> None:
    assert change in MENDS
    (tmp_path / "mine.toml").write_text(MENDS.replace(change, to, 1), encoding="utf-8")
    with pytest.raises(BadPlaybook, match=r"mine\.toml: ") as caught:
        load(tmp_path)
    assert told in str(caught.value)


def test_texts_about_both_ways_name_neither_a_setting_nor_files(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MENDS, encoding="utf-8")
    assert [one.fixer for one in load(tmp_path)[0].mend] == ["ast-grep"]
    both = GOOD.replace("{old}", "").replace("{key}", "", 1)
    (tmp_path / "mine.toml").write_text(both + MEND, encoding="utf-8")
    (playbook,) = load(tmp_path)
    assert playbook.remedies == (*playbook.change, *playbook.mend)
    (tmp_path / "mine.toml").write_text(both.replace("P {count}", "{files}") + MEND, "utf-8")
    with pytest.raises(BadPlaybook, match="problem: unknown placeholder 'files'"):
        load(tmp_path)


def test_a_name_is_used_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadPlaybook, match="the name mine is used twice"):
        load(tmp_path)


def test_two_that_know_one_code_must_say_which_is_asked_first(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    other = GOOD.replace('"mine"', '"other"').replace('["timeout"]', '["TimeoutError"]')
    (tmp_path / "b.toml").write_text(other, encoding="utf-8")
    with pytest.raises(BadPlaybook, match="mine and other both explain timeout with the order 1"):
        load(tmp_path)
    (tmp_path / "b.toml").write_text(other.replace("order = 1", "order = 2"), encoding="utf-8")
    assert [playbook.name for playbook in load(tmp_path)] == ["mine", "other"]


def test_playbooks_come_in_their_order() -> None:
    orders = [playbook.order for playbook in load()]
    assert orders == sorted(orders)
    assert len(orders) >= 4


def test_no_playbooks_is_a_folder_without_diagnoses(tmp_path: Path) -> None:
    assert load(tmp_path) == ()
