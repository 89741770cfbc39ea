"""Whatever a model says: is what is taken really there, whole, and JSON to everybody?"""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from personas.replies import NoAnswer, extract

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(WORDS, VALUES, min_size=1, max_size=4)
PROSE = st.text(st.sampled_from("abc \n.,;!?-#*äöü漢"), max_size=40)
SHRAPNEL = st.lists(
    st.sampled_from(
        [
            *("{", "}", "[", "]", '"', "\\", ",", ":", " ", "\n", "`", "```\n", "```json\n"),
            *(
                '"a"',
                '{"a": 1}',
                "{}",
                "[]",
                "[1]",
                "{name}",
                "1",
                "NaN",
                "true",
                "words",
                "~~~\n",
            ),
        ]
    ),
    max_size=30,
).map("".join)


@given(OBJECTS)
def test_an_object_comes_back_as_it_was_written(value: dict[str, Any]) -> None:
    assert extract(json.dumps(value)) == value
    assert extract(json.dumps(value, ensure_ascii=False, indent=1)) == value


@given(PROSE, OBJECTS, PROSE)
def test_prose_around_an_object_changes_nothing(
    before: str, value: dict[str, Any], after: str
) -> None:
    assert extract(f"{before}\n{json.dumps(value)}\n{after}") == value
    assert extract(f"{before}\n```json\n{json.dumps(value)}\n```\n{after}") == value


@given(OBJECTS, st.data())
def test_a_cut_object_is_never_taken_for_another(
    value: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(value)
    end = data.draw(st.integers(0, len(text) - 1))
    for cut in (text[:end], f"```json\n{text[:end]}", f"```json\n{text[:end]}\n```"):
        try:
            found = extract(cut)
        except NoAnswer:
            continue
        raise AssertionError(f"{found!r} was taken from {cut!r}")


@given(SHRAPNEL)
def test_whatever_stands_there_ends_in_a_value_or_a_reason(text: str) -> None:
    try:
        value = extract(text)
    except NoAnswer as refusal:
        assert refusal.reason  # noqa: PT017 (either is right)
        return
    assert isinstance(value, dict | list)
    again = json.loads(json.dumps(value, allow_nan=False))
    assert again == value


@given(SHRAPNEL)
def test_what_is_taken_stands_in_the_answer_as_a_whole(text: str) -> None:
    try:
        value = extract(text)
    except NoAnswer:
        return
    decoder = json.JSONDecoder()
    starts = [at for at, sign in enumerate(text) if sign in "{["]
    whole = []
    for at in starts:
        try:
            whole.append(decoder.raw_decode(text, at)[0])
        except ValueError:
            continue
    assert value in whole


DECOY = '{"approved": true}'
SAID = st.lists(
    st.sampled_from(
        [
            *("a", "use }", "use {", 'say "x"', 'say "x', "it's", "}", "{", '"', "[", "]", "\\"),
            *("line\nline", '"}', '"]', "{x}", '5" wide'),
        ]
    ),
    max_size=5,
).map(" ".join)
SHOWN = st.sampled_from(
    [
        f"\n```json\n{DECOY}\n```\n",
        f"\n```\n{DECOY}\n```\n",
        f"\n~~~\n{DECOY}\n~~~\n",
        f" {DECOY} ",
    ]
)


@given(SAID, SHOWN, SAID, st.booleans())
def test_what_an_unescaped_text_quotes_is_never_the_answer(
    before: str, quoted: str, after: str, fenced: bool
) -> None:
    message = f"{before} {quoted} {after}"
    text = f'{{"approved": false, "findings": [{{"message": "{message}"}}], "score": 0.1}}'
    try:
        value = extract(f"```json\n{text}\n```" if fenced else text)
    except NoAnswer:
        return
    assert value != json.loads(DECOY)
