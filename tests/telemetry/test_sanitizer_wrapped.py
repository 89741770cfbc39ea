"""Is a secret found that is broken over lines, announced a line above, or written in octal?"""

import base64
import json
from collections.abc import Callable
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.sanitizer import sanitize, secrets_in
from telemetry.sanitizer.rules import ISSUER_RULES
from telemetry.sanitizer.ruleset import filled
from telemetry.sanitizer.views import View, joined, readings, unescaped
from tests.telemetry.planted import ISSUED, A

JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJ{A}.{A}Qx7"


def clean(text: str) -> str:
    return sanitize(text)[0]


@pytest.mark.parametrize("width", [16, 20, 24, 40, 60, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n    ", "\\\n"])
def test_a_signed_token_broken_over_lines_goes_whole(width: int, end: str) -> None:
    lines = [JWT[place : place + width] for place in range(0, len(JWT), width)]
    said = clean(f"got {end.join(lines)}\nthen it failed")
    assert said.startswith("got ")
    assert said.endswith("\nthen it failed")
    assert not any(line in said for line in lines if len(line) > 3), said


@pytest.mark.parametrize("secret", [ISSUED["github"], ISSUED["jwt"], ISSUED["gitlab"]])
@pytest.mark.parametrize("after", ["failed", "Traceback (most recent call last):", "retry 3"])
def test_the_line_below_a_token_stays(secret: str, after: str) -> None:
    assert clean(f"used {secret}\n{after}") == f"used [REDACTED_KEY]\n{after}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Authorization: Bearer\n  {A}", "Authorization: Bearer\n  [REDACTED]"),
        (f"bearer\r\n\t{A}.x", "bearer\r\n\t[REDACTED]"),
        (f"Bearer\n{JWT}", "Bearer\n[REDACTED]"),
        ("Bearer\n0123456789abcdef0123456789abcdef", "Bearer\n[REDACTED]"),
        ("the bearer\nof bad news", "the bearer\nof bad news"),
        ("Bearer\n2026-03-02 10:11:12 INFO next", "Bearer\n2026-03-02 10:11:12 INFO next"),
        ("Basic\nunderstanding", "Basic\nunderstanding"),
    ],
)
def test_a_scheme_announces_what_is_on_the_next_line(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\160\141ss", "pass"),
        (r"\075\042", '="'),
        (r"\u{70}ass", "pass"),
        (r"\U00000070ass", "pass"),
        (r"\ud83d\ude00 x", "\ufffd\ufffd x"),
        (r"\400 \18", r"\400 \18"),
    ],
)
def test_octal_and_long_escapes_are_undone(written: str, read: str) -> None:
    assert unescaped(View(written)).text == read


def test_octal_escapes_hide_no_password() -> None:
    assert "hunter2" not in clean(r"\160assword\075hunter2 end")
    assert clean(r"emoji \ud83d\ude00 stays") == r"emoji \ud83d\ude00 stays"


def test_only_tokens_are_joined_over_a_break() -> None:
    for text in ("a sentence that ends here\nand goes on", "word\nword", "x" * 20 + "\nfailed"):
        assert joined(View(text)).text == text
    assert joined(View("x" * 20 + "\n" + "y" * 20)).text == "x" * 20 + "y" * 20


def _lines(text: str) -> str:
    return "\n".join(text[place : place + 40] for place in range(0, len(text), 40))


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "json": lambda text: json.dumps({"m": text}),
    "json twice": lambda text: json.dumps({"m": json.dumps({"n": text})}),
    "percent": lambda text: quote(text, safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 over lines": lambda text: _lines(base64.b64encode(text.encode()).decode()),
    "octal": lambda text: text.replace("=", r"\075").replace(" ", r"\040"),
    "unicode": lambda text: text.replace("=", r"\u003d").replace('"', r"\u0022"),
    "html": lambda text: text.replace('"', "&quot;").replace("=", "&#61;"),
    "zero width": lambda text: text[:9] + "\u200b" + text[9:],
    "soft hyphen": lambda text: text[:3] + "\u00ad" + text[3:],
}
FRAMES = (
    "api_key={}",
    '"token": "{}"',
    "Authorization: Bearer {}",
    "export SECRET={}",
    "used {} ok",
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([r for r in ISSUER_RULES if not r.group]),
    st.integers(0, 99),
    st.sampled_from(FRAMES),
    st.sampled_from(sorted(ENCODINGS)),
)
def test_no_issuers_key_survives_any_frame_and_encoding(
    rule: object, seed: int, frame: str, encoding: str
) -> None:
    secret = filled(rule.examples[0], seed)  # type: ignore[attr-defined]
    if not any(rule.spans(secret.encode())):  # type: ignore[attr-defined]
        return  # too regular by chance
    said = clean(ENCODINGS[encoding](frame.format(secret)))
    longest = max(secret.replace("/", ".").split("."), key=len)
    assert longest not in said


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *ISSUED.values(),
                "\n",
                "\\n",
                "%3D",
                "\u200b",
                "x ",
                "\u0430",
                "8.8.8.8 ",
                "/home/a/b/c ",
            ]
        ),
        max_size=10,
    ).map("".join)
)
def test_findings_lie_in_the_text_as_it_came(text: str) -> None:
    said, found = sanitize(text)
    assert all(f.start >= 0 and f.start + f.length <= len(text) for f in found)
    if found and said == text:
        raise AssertionError("something was found and nothing was changed")
    for view in readings(text):
        places = [view.original(i, i + 1) for i in range(len(view.text))]
        assert all(a <= c for (a, _), (c, _) in pairwise(places))


def test_a_finding_points_at_the_secret_although_more_was_replaced_before_it() -> None:
    text = "from 8.8.8.8 in /home/alice/x/y with password=hunter2\nbob@example.org"
    found = {f.rule: text[f.start : f.start + f.length] for f in sanitize(text)[1]}
    assert found == {
        "ipv4": "8.8.8.8",
        "path": "x/y",
        "named-value": "hunter2",
        "email": "bob@example.org",
    }
    assert [f.rule for f in secrets_in(text)] == ["named-value"]
