"""Do the sanitizer's parts hold what the whole builds on: spans, readings, judgement of tokens?"""

import base64
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.sanitizer.credentials import credential_spans
from telemetry.sanitizer.spans import KEY, SCHEME_VALUE, Span, findings, merged
from telemetry.sanitizer.tokens import is_identifier, is_secret_token, looks_random, unwrapped
from telemetry.sanitizer.views import View, folded, readings, unescaped
from tests.telemetry.planted import HEX, A

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda p: Span(p[0], sum(p), "r")),
    max_size=8,
)


@given(SPANS)
def test_merged_spans_cover_the_same_signs_and_never_overlap(spans: list[Span]) -> None:
    joined = merged(spans)
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert {place for span in joined for place in range(span.start, span.end)} == covered
    assert all(a.end <= b.start for a, b in pairwise(joined))


@given(SPANS)
def test_replacing_leaves_everything_outside_as_it_was(spans: list[Span]) -> None:
    text = "".join(chr(0x4E00 + place) for place in range(70))
    joined = merged(spans)
    stretches = [(span.start, span.end, span.replacement) for span in joined]
    kept = View(text).replaced(stretches).text.replace(KEY, "")
    assert kept == "".join(
        sign
        for place, sign in enumerate(text)
        if not any(s.start <= place < s.end for s in joined)
    )


def test_a_union_keeps_the_schemes_wording() -> None:
    spans = [Span(0, 9, "jwt"), Span(2, 5, "scheme", SCHEME_VALUE)]
    assert [(s.start, s.end, s.replacement) for s in merged(spans)] == [(0, 9, SCHEME_VALUE)]


def test_findings_count_lines_from_one() -> None:
    text = "a\nbb\nccc"
    found = findings(text, [Span(0, 1, "x"), Span(5, 8, "y")])
    assert [(f.rule, f.line, f.length) for f in found] == [("x", 1, 1), ("y", 3, 3)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("pass\u200bword", "password"),
        ("p\u0430ssw\u043erd", "password"),
        ("\uff50\uff41\uff53\uff53", "pass"),
        ("so\u00adft", "soft"),
        ("\u202eabc", "abc"),
        ("\u2460", "1"),
    ],
)
def test_look_alikes_and_invisible_signs_are_folded(written: str, read: str) -> None:
    assert folded(View(written)).text == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\"a\"", '"a"'),
        (r"a\/b", "a/b"),
        (r"\u0070\x61ss", "pass"),
        (r"line\nnext\tcell", "line\nnext\tcell"),
        ("%70ass%3D", "pass="),
        ("&quot;a&#34;&#x26;", '"a"&'),
    ],
)
def test_one_level_of_escapes_is_undone(written: str, read: str) -> None:
    assert unescaped(View(written)).text == read


def test_plain_text_has_one_reading() -> None:
    assert [view.text for view in readings("nothing to see, 100 % plain")] == [
        "nothing to see, 100 % plain"
    ]


def test_a_place_in_a_deep_reading_is_found_in_the_original() -> None:
    text = r"x \\\"key\\\" y"
    view = list(readings(text))[-1]
    at = view.text.index("key")
    start, end = view.original(at, at + 3)
    assert text[start:end] == "key"


@pytest.mark.parametrize(
    "value",
    [
        HEX,
        "123e4567-e89b-12d3-a456-426614174000",
        "12345678901234567890",
        "some-long-name-of-a-component",
        "CamelCaseNameOfAClass2",
        "test_that_things_are_what_they_are_1",
    ],
)
def test_numbers_hashes_and_names_are_identifiers(value: str) -> None:
    assert is_identifier(value)
    assert not looks_random(value)


@pytest.mark.parametrize("value", [A, A[:16], "x9" * 3 + A])
def test_random_signs_are_none(value: str) -> None:
    assert looks_random(value)


@pytest.mark.parametrize(
    ("token", "secret"),
    [
        (A, True),
        (A[:31], False),
        ("sha256-" + A, False),
        ("md5:" + A, False),
        ("a/b/c/d/E/1/" * 4, False),
        (A.lower(), False),
    ],
)
def test_a_token_without_context_must_be_long_mixed_and_random(token: str, secret: bool) -> None:
    assert is_secret_token(token) is secret


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=20, max_size=90))
def test_readable_text_is_unwrapped_in_both_alphabets(text: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert unwrapped(encode(text.encode()).decode()) == text
        assert unwrapped(encode(text.encode()).decode().rstrip("=")) == text


@pytest.mark.parametrize("token", ["short", "a" * 21, "\u00e4" * 30, "Zm9v" * 4, HEX])
def test_what_is_no_wrapped_text_is_left_alone(token: str) -> None:
    assert unwrapped(token) is None
    assert credential_spans(f"value {token} end") == []
