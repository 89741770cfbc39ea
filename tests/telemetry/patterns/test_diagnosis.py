"""Do the rules tell what their examples say, and is every word of the vocabulary one of theirs?"""

from pathlib import Path

import pytest

from telemetry.patterns import diagnosis
from telemetry.patterns.diagnosis import BadRules, Found, Rule, Taught
from telemetry.patterns.vocabulary import Diagnosis

RULES = diagnosis.load()


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_tells_its_examples_and_no_counterexample(rule: Rule) -> None:
    assert rule.diagnosis in Diagnosis.values
    assert rule.examples
    for example in rule.examples:
        assert diagnosis.diagnose("", example).rule == rule.id, example
    for other in rule.counterexamples:
        assert diagnosis.diagnose("", other).rule != rule.id, other


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_knows_each_of_its_codes_before_any_word(rule: Rule) -> None:
    for code in rule.codes:
        assert diagnosis.diagnose(code, "timed out: no such file").rule == rule.id, code


def test_every_diagnosis_but_unknown_has_a_rule() -> None:
    assert {rule.diagnosis for rule in RULES} == set(Diagnosis.values) - {Diagnosis.UNKNOWN}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ReadTimeout", "timeout"),
        ("requests.exceptions.ReadTimeout", "timeout"),
        ("RATE-LIMITED", "rate_limited"),
        ("builtins.FileNotFoundError", "not_found"),
        ("openai.RateLimitError", "rate_limited"),
        ("odd", "unknown"),
        ("", "unknown"),
    ],
)
def test_codes_are_known_in_the_forms_that_languages_give_them(code: str, expected: str) -> None:
    assert diagnosis.diagnose(code, "").diagnosis == expected


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("rate_limited", "", "called more often"),
        ("", "connection reset by peer", "cannot be reached"),
        ("forbidden", "", "permission"),
        ("odd", "", "fails with “odd”"),
        ("", "", "“x” fails."),
    ],
)
def test_an_explanation_names_what_seems_to_happen(code: str, message: str, words: str) -> None:
    found = diagnosis.diagnose(code, message)
    assert words in diagnosis.explanation("x", code, found)


def test_a_hand_over_is_explained_as_one() -> None:
    told = diagnosis.explanation("", "timeout", Found())
    assert told == "Agents hand over to a person (timeout)."


def test_the_lesson_that_shares_most_words_is_recalled_the_latest_of_equals() -> None:
    words = diagnosis.telling_words("the queue <*> is stuck for good")
    near = Taught(1, "resource", diagnosis.telling_words("the queue is stuck"))
    same = Taught(2, "logic", words)
    later = Taught(3, "crash", words)
    far = Taught(9, "auth", diagnosis.telling_words("something else went wrong"))
    assert diagnosis.recall(words, [near, same, later, far]) == later
    assert diagnosis.recall(words, [far]) is None
    assert diagnosis.recall(words, []) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[rule]]\nid = "a"\ndiagnosis = "logic"\nexamples = []', "missing: says"),
        ('[[rule]]\nid = "a"\ncolour = "red"', "no such field: colour"),
        (
            '[[rule]]\nid = "a"\ndiagnosis = "logic"\nsays = "x"\nexamples = "y"',
            "examples must be a list of texts",
        ),
        (
            '[[rule]]\nid = "a"\ndiagnosis = "logic"\nsays = "x"\nexamples = []\n' * 2,
            "used twice: a",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_which_rule_and_why(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(BadRules, match=words):
        diagnosis.load(path)
