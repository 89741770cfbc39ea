"""Does a malformed document get an answer that says where and why?"""

import pytest

from proposals.documents import MalformedDocument, parse
from tests.proposals.documents_for_tests import BUGFIX, DIFF


def _line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        ("---\ntarget", "target", "target", "first line must be `---`"),
        ("kind: bugfix\n", "", "---", "`kind` is missing"),
        ("kind: bugfix", "kind: miracle", "kind:", "`kind` is `miracle`"),
        ("severity: medium", "severity: awful", "severity:", "use one of low, medium"),
        ("risk: low", "risk: low\nrisk: high", "risk: high", "given twice"),
        ("risk: low", "risk: low\nvibe: good", "vibe", "unknown entry `vibe`"),
        ("risk: low", "risk: low\nid: 7", "id: 7", "must be a UUID"),
        ("risk: low", "risk: low\nbase: abc", "base: abc", "40-digit"),
        ("risk: low", "risk: low\ncreated: today", "created", "must look like"),
        ("risk: low", "risk: low\npatterns: [a]", "patterns", "list of numbers"),
        ("risk: low", "risk: low\npatterns: 3", "patterns", "list like"),
        ("risk: low", "risk: low\nevents: [{a: b}]", "events", "flat list"),
        ("risk: low", "risk: low\nauthor: [a]", "author", "single value"),
        ("risk: low", "risk: {a: b}", "risk:", "single value or a list"),
        ("risk: low", "risk: low\nauthor: 'a", "author", "front matter"),
        ("risk: low", 'risk: low\nauthor: "\\u202Eeve"', "author", "invisible character"),
        ("risk: low", "risk: low\ntitle: Another", "# Give", "say different things"),
        ("# Give web_search time to answer\n", "", "## Problem", "expected the `# Title`"),
        ("## Problem", "Hello\n\n## Problem", "Hello", "before the first"),
        ("## Risk", "## Problem", "## Problem\n\nLow", "appears twice"),
        ("## Risk", "## Vibes", "## Vibes", "unknown section `## Vibes`"),
        ("## Risk", "## User benefit", "## User benefit", "unknown section"),
        ("Low: a session may wait up to 1.2 s.\n", "", "## Risk", "is empty"),
        ("```diff\n", "```\n", "## Solution", "no fenced block marked `diff`"),
        (DIFF + "```", "```", "```diff", "the diff is empty"),
        (DIFF + "```", DIFF, "```diff", "never closed"),
        (DIFF + "```", DIFF + "```\n\n```diff\n+b\n```", "```diff\n+b", "a second diff"),
        (DIFF + "```", DIFF + "```\nand more", "and more", "text after the diff"),
        ("Low: a", "Low:\x1b a", "Low:", "control character"),
        ("Low: a", "Low:\x00 a", "Low:", "control character"),
    ],
)
def test_a_refusal_names_the_line_and_the_reason(
    old: str, new: str, where: str, reason: str
) -> None:
    text = BUGFIX.replace(old, new, 1)
    with pytest.raises(MalformedDocument, match=reason.replace("[", r"\[")) as refusal:
        parse(text)
    assert refusal.value.line == _line_of(text, where)
    assert f"line {refusal.value.line}: " in str(refusal.value)


@pytest.mark.parametrize("text", ["", "---\n", "---\n---\n", "---\n- a\n---\n# x\n", "\ufeff"])
def test_texts_without_a_shape_are_refused(text: str) -> None:
    with pytest.raises(MalformedDocument):
        parse(text)


def test_front_matter_made_to_exhaust_the_reader_is_refused() -> None:
    deep = BUGFIX.replace("risk: low", "risk: " + "[" * 50_000)
    with pytest.raises(MalformedDocument):
        parse(deep)


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(MalformedDocument, match="longer than 1,000,000"):
        parse(BUGFIX + "x" * 1_000_000)


@pytest.mark.parametrize(
    ("kind", "heading"), [("optimization", "Performance impact"), ("enhancement", "User benefit")]
)
def test_each_kind_asks_for_the_section_that_justifies_it(kind: str, heading: str) -> None:
    text = BUGFIX.replace("kind: bugfix", f"kind: {kind}")
    with pytest.raises(MalformedDocument, match=f"`## {heading}` is missing"):
        parse(text)
    assert parse(text + f"\n## {heading}\n\nHalf the wait.\n").impact == "Half the wait."


def test_what_a_person_leaves_out_stays_empty_for_intake_to_fill() -> None:
    document = parse(BUGFIX)
    assert (document.id, document.created, document.base) == (None, None, "")
    assert (document.status, document.patterns, document.events) == ("pending", (), ())
    assert document.title == "Give web_search time to answer"
    assert document.diff == DIFF
