"""Is the sanitizer stable, silent on prose, closed on failure and linear on any text?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.sanitizer import Policy, redaction, sanitize
from telemetry.sanitizer.redaction import LIMIT_BYTES
from telemetry.sanitizer.spans import DROPPED, PLACEHOLDERS
from telemetry.sanitizer.views import readings
from tests.telemetry.planted import CARRIERS, ISSUED

SIGNS = (
    r"""password|token|=|: |"|'|\|://|@|/|.|%3D|10.0.0.1|8.8.8.8|::|Bearer |Cookie: a="""
    r"""|http://a.b/c|~/|C:\| """
)
FRAGMENTS = st.sampled_from(
    [*ISSUED.values(), *PLACEHOLDERS, *SIGNS.split("|"), "\u200b", "\n"],
)
TEXTS = st.lists(st.one_of(FRAGMENTS, st.text(max_size=6)), max_size=14).map("".join)
PROSE = """
the upstream did not answer within time agent planner lost its lock while reading pages und für
naïve 漢字 retry later 3f786850e387550fdab836ed7e6dc881de23001b 42 3.14 v2.10.3 12:34:56 n=17
(twice) 123e4567-e89b-12d3-a456-426614174000 2026-11-21T01:02:03Z web_search, done.
"""
WORDS = st.sampled_from(PROSE.split())


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_sanitizing_twice_is_sanitizing_once(text: str) -> None:
    once, _ = sanitize(text)
    assert sanitize(once)[0] == once
    once.encode()  # storable: no lone surrogate


@settings(max_examples=400, deadline=None)
@given(st.one_of(TEXTS, st.lists(WORDS, max_size=8).map(" ".join)), FRAGMENTS)
def test_a_simple_text_is_read_as_any_other_would_be(words: str, sign: str) -> None:
    for text in (words, f"{words} {sign}", *(words[at:] for at in range(0, len(words), 5))):
        short = sanitize(text)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(redaction, "_is_simple", lambda _: False)
            assert sanitize(text) == short


PLACES = st.lists(
    st.sampled_from(
        [*"/.:~ '\"=a1-\n\\", "..", "/a", "/srv", "b/c", "C:", "10.", "1.2.3.4", "::", "fe80", "v"]
    ),
    max_size=16,
).map("".join)


@settings(max_examples=600, deadline=None)
@given(PLACES)
def test_every_path_and_address_is_looked_at_wherever_it_stands(text: str) -> None:
    """What is found behind a blank is found behind a word, a line and other places too."""
    alone = sanitize(text)[0]
    assert sanitize(f"word\n{text}")[0] == f"word\n{alone}"


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_prose_with_numbers_hashes_and_times_comes_out_unchanged(text: str) -> None:
    assert sanitize(text) == (text, ())


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(ISSUED)),
    st.sampled_from(sorted(CARRIERS)),
    st.lists(WORDS, max_size=5).map(" ".join),
)
def test_a_planted_key_survives_in_no_carrier(issuer: str, carrier: str, words: str) -> None:
    text = f"{words} {CARRIERS[carrier](ISSUED[issuer])} {words}"
    assert ISSUED[issuer] not in sanitize(text)[0]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_every_sign_of_a_reading_points_into_the_original(text: str) -> None:
    for view in readings(text):
        for index in range(len(view.text)):
            start, end = view.original(index, index + 1)
            assert 0 <= start < end <= len(text)


def test_none_and_empty_text_are_fine() -> None:
    assert sanitize(None) == ("", ())
    assert sanitize("") == ("", ())


@pytest.mark.parametrize("placeholder", sorted(PLACEHOLDERS))
def test_a_placeholder_never_matches(placeholder: str) -> None:
    for text in (
        placeholder,
        f"password={placeholder}",
        f"http://{placeholder}",
        f'"{placeholder}"',
    ):
        assert sanitize(text)[0] == text


def test_a_failure_inside_drops_the_text() -> None:
    broken = Policy(allowed_domains=(None,))  # type: ignore[arg-type]
    text, findings = sanitize("anything", broken)
    assert text == DROPPED
    assert [f.rule for f in findings] == ["failed"]


def test_a_text_over_the_limit_is_cut_before_a_word() -> None:
    text = "word " * 20_000 + "password=hunter2"
    once, _ = sanitize(text)
    assert len(once.encode()) <= LIMIT_BYTES
    assert once.endswith("word [CUT]")
    assert sanitize(once)[0] == once


def test_half_a_secret_at_the_limit_does_not_remain() -> None:
    text = "x " * 32_000 + "ghp_" + "a" * 4000
    assert "ghp_" not in sanitize(text)[0]


def test_nul_and_lone_surrogates_become_storable() -> None:
    assert sanitize("a\x00b\ud800c")[0] == "a\ufffdb\ufffdc".replace(
        "\ufffdc", "\ufffd\ufffd\ufffdc"
    )


HOSTILE = r"""
a¦key=¦-----BEGIN A-----¦a.¦://a:¦1:¦eyJa.a.¦curl -u ¦/a¦password="¦pw: ¦\"¦%41¦cGFz¦@¦a@a.¦
Bearer ¦::¦authorization: ¦cookie: a¦1.1.1.1 ¦C:\a¦\¦"/¦&amp;¦[¦secret ¦token,¦
http://a/¦x://a:@¦key, "¦&#1
"""
UNITS = [*HOSTILE.strip().replace("\n", "").split("¦"), "a\u200b"]


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_text_hides_no_key_and_ends(unit: str) -> None:
    key = "ghp_" + "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0dF2hJ4"
    text = (unit * (30_000 // len(unit) + 1))[:30_000]
    assert key not in sanitize(f"{text} {key} {text}")[0]
