"""Does what we post call nobody, close nothing, and still read as it was written?"""

import pytest

from ports.forge.github.mentions import APART, harmless
from ports.forge.github.talking import LONGEST, written


@pytest.mark.parametrize(
    "text",
    [
        "@ada look",
        "(@ada)",
        "**bold**@ada",
        "_it_@ada",
        "\\@ada",
        "@acme/team-x",
        "&#64;ada &#x40;ada &commat;ada &#0064;ada",
        "ada@example.org",
        "> @ada",
        "- item\n  ```\n  @ada\n  ```",
        "   ```\n@ada\n   ```",
        "``` a`b\n@ada",
        "<div>\n```\n@ada\n```\n</div>",
        "<!--\n```\n-->\n@ada",
        "```\ncode\n```\n@ada",
        "```\ncode\n~~~\n```x\n```\n@ada",
        "````\n```\n````\n@ada",
    ],
)
def test_nobody_is_called(text: str) -> None:
    made = harmless(text)
    assert made.replace(APART, "") == text
    for sign in ("@", "&#64;", "&#x40;", "&commat;", "&#0064;"):
        assert f"{sign}ada" not in made
        assert f"{sign}acme" not in made
        assert f"{sign}example" not in made


@pytest.mark.parametrize(
    "text",
    [
        "Fixes #7",
        "closes acme/agents#7",
        "resolves GH-7",
        "fixes https://github.com/acme/agents/issues/7",
        "see https://github.com/acme/agents/pull/7",
        "&#35;7 &num;7",
    ],
)
def test_nothing_is_closed_or_linked(text: str) -> None:
    made = harmless(text)
    assert made.replace(APART, "") == text
    for end in ("#7", "GH-7", "issues/7", "pull/7", "&#35;7", "&num;7"):
        assert end not in made


@pytest.mark.parametrize(
    "text",
    [
        "nothing here",
        "```diff\n+@app.route('/x')\n+# 7 @ada\n```\nafter",
        "~~~\n@ada\n~~~",
        "an @ alone, 50 # 60, @_x, #a1",
        "",
        "```\n@ada\nto the end",
    ],
)
def test_code_and_plain_words_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_it_is_harmless_twice() -> None:
    once = harmless("@ada #7")
    assert harmless(once) == once


def test_the_mark_survives_a_text_that_is_too_long() -> None:
    made = written("@a" * LONGEST, "selfimprove:comment-1")
    assert len(made) <= LONGEST
    assert made.endswith("\n\n<!-- selfimprove:comment-1 -->")


def test_ten_thousand_lines_are_read_in_their_length() -> None:
    assert harmless("@ada\n" * 10_000).count(APART) == 10_000
