"""Does a drawn diff show every line, and what hides in it?"""

import hashlib
import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proposals.pages import diffs
from proposals.pages.colours import visible
from proposals.pages.prose import prose
from targets.models import Target
from tests.factories import make_proposal, tools_diff

PYTHON = (
    "diff --git a/gateway/limits.py b/gateway/limits.py\n--- a/gateway/limits.py\n"
    "+++ b/gateway/limits.py\n@@ -1,4 +1,5 @@ def allowed():\n"
    ' """Limits,\n-over two lines."""\n+over three\n+lines."""\n LONGEST = 10\n \n'
)


def draw(diff: str) -> str:
    """Draw a diff under its own digest."""
    return diffs.draw(diff, hashlib.sha256(diff.encode()).hexdigest())


def _code(page: str) -> list[str]:
    """Read the text of each code cell as a browser would show it."""
    cells = re.findall(r'<td class="si-diff__code">(.*?)</td>', page, flags=re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in cells]


def test_each_line_has_its_row_with_numbers_and_sign(target: Target) -> None:
    proposal = make_proposal(target, diff=tools_diff(900))
    page = diffs.draw(proposal.diff, proposal.diff_digest)
    assert page.count("si-diff__row--add") == page.count("si-diff__row--del") == 1
    assert '<td class="si-diff__sign">−</td>' in page
    assert 'id="f0R3"' in page
    assert 'id="f0L3"' in page
    assert '<span class="si-diff__path">config/tools.yaml</span>' in page


def test_only_what_differs_in_a_line_is_marked(target: Target) -> None:
    proposal = make_proposal(target, diff=tools_diff(900))
    marked = re.findall(r'<span class="si-diff__word">(.*?)</span></span>', draw(proposal.diff))
    assert [re.sub(r"<[^>]+>", "", word) for word in marked] == ["400", "900"]


def test_code_is_coloured_across_lines_and_kept_whole() -> None:
    page = draw(PYTHON)
    assert _code(page) == [
        '"""Limits,',
        'over two lines."""',
        "over three",
        'lines."""',
        "LONGEST = 10",
        "",
    ]
    assert '<span class="pg-sd">over three</span>' in page
    assert "@@ -1,4 +1,5 @@ def allowed():" in html.unescape(page)


def test_markup_in_code_is_text() -> None:
    page = draw(PYTHON.replace("LONGEST", "<script>alert(1)</script>"))
    assert "<script" not in page
    assert "<script>alert(1)</script> = 10" in _code(page)


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\u202e", "‹U+202E›"),
        ("\u200b", "‹U+200B›"),
        ("\x1b[31m", "‹U+001B›[31m"),
        ("x\r", "x␍"),
        ("a\tb", "a\tb"),
        ("Grüße", "Grüße"),
    ],
)
def test_what_hides_is_named(hidden: str, shown: str) -> None:
    assert visible(hidden) == shown
    page = draw(PYTHON.replace("LONGEST", hidden))
    assert f"{shown} = 10" in _code(page)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=30),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["x.py", "x.yaml", "x.json", "x.sh", "x.md", "x.unknown"]),
)
def test_no_line_is_lost_or_changed_by_colour(lines: list[str], name: str) -> None:
    body = "".join(f"+{line}\n" for line in lines)
    diff = f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{len(lines)} @@\n{body}"
    page = draw(diff)
    assert _code(page) == [visible(line) for line in lines]


def test_a_long_diff_is_drawn_whole_and_skips_what_is_off_screen() -> None:
    count = 2900
    body = "".join(f"+value_{n} = {n}  # a comment\n" for n in range(count))
    diff = f"--- /dev/null\n+++ b/x.py\n@@ -0,0 +1,{count} @@\n{body}"
    page = draw(diff)
    assert 'class="si-diff si-diff--long"' in page
    assert page.count("si-diff__row--add") == count


def test_a_text_that_is_no_diff_is_still_shown() -> None:
    assert "@@ nonsense" in draw("@@ nonsense @@\n<b>\n")
    assert "<b>" not in draw("@@ nonsense @@\n<b>\n")


def test_the_same_digest_is_drawn_once() -> None:
    first = diffs.draw(PYTHON, "kept")
    assert diffs.draw("something else", "kept") == first


def test_hidden_signs_are_named_in_prose_too() -> None:
    assert "‹U+202E›" in prose("Harmless \u202e words")


def test_markdown_keeps_tables_and_code_and_drops_what_acts() -> None:
    text = "| a | b |\n|---|---|\n| `x` | 2 |\n\n<b onclick=alert(1)>hi</b> [a](data:text/html,x)"
    rendered = prose(text)
    assert "<table>" in rendered
    assert "<code>x</code>" in rendered
    assert "<b" not in rendered
    assert "data:" not in re.sub(r">[^<]*<", "><", rendered)
