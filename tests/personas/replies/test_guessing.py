"""Is a repair a flagged guess, made on request alone, within bounds?"""

import pytest

from personas.replies import NoAnswer, extract, extracted, guessing
from personas.replies.guessing import LARGEST, MOST_BRACES, NoGuess, guess

REPAIRABLE = {
    "a comma at the end": ('{"a": 1,}', {"a": 1}),
    "an unescaped line end": ('{"a": "one\ntwo"}', {"a": "one\ntwo"}),
    "an unescaped quote": ('{"a": "he said "no" twice"}', {"a": 'he said "no" twice'}),
    "single quotes": ("{'a': 1}", {"a": 1}),
    "keys without quotes": ("{a: 1}", {"a": 1}),
    "a broken block in words": ("Here:\n```json\n{'a': 1}\n```\nDone.", {"a": 1}),
    "a list": ('["a", "b",]', ["a", "b"]),
}


@pytest.mark.parametrize("name", sorted(REPAIRABLE))
def test_a_broken_object_is_guessed_at_only_on_request_and_flagged(name: str) -> None:
    text, value = REPAIRABLE[name]
    with pytest.raises(NoAnswer):
        extract(text)
    found = extracted(text, repair=True)
    assert (found.value, found.repaired) == (value, True)


def test_what_can_be_read_is_never_flagged() -> None:
    assert not extracted('Here: {"a": 1}', repair=True).repaired


def test_a_better_block_is_taken_before_a_guess_is_made() -> None:
    found = extracted("```json\n{'a': 1}\n```\n```json\n{\"b\": 2}\n```", repair=True)
    assert (found.value, found.repaired) == ({"b": 2}, False)


@pytest.mark.parametrize("text", ["", "I would rather not.", "42", "Fill in {placeholder}."])
def test_where_nothing_is_broken_nothing_is_invented(text: str) -> None:
    with pytest.raises(NoAnswer):
        extracted(text, repair=True)


def test_what_a_repair_makes_is_held_to_the_same_rules() -> None:
    with pytest.raises(NoAnswer) as caught:
        extracted('{"a": "\\ud800", b: 1}', repair=True)
    assert "lone surrogate" in caught.value.reason


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": "' + "b" * LARGEST, "too long to be repaired"),
        ("{[" * (MOST_BRACES // 2 + 1), "too many brackets to be repaired"),
    ],
    ids=["long", "nested"],
)
def test_beyond_the_bounds_no_guess_is_made(text: str, told: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        extracted(text, repair=True)
    assert told in caught.value.reason
    assert "cannot be read" in caught.value.reason


def test_a_repair_that_does_not_end_is_ended() -> None:
    with pytest.raises(NoGuess, match=r"did not end within 0\.001 s"):
        guess("{'a': 1}", seconds=0.001)


def test_a_repair_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    script = "import os, json; print(json.dumps({'is': sorted(os.environ)}))"
    monkeypatch.setattr(guessing, "COMMAND", ("-c", script))
    names = guess("{'a': 1}")
    assert isinstance(names, dict)
    assert "PYTHONSTARTUP" not in names["is"]


def test_the_deepest_nesting_that_is_tried_crashes_nothing() -> None:
    with pytest.raises(NoAnswer):
        extracted("[" * MOST_BRACES, repair=True)
