"""Does every document come back byte for byte?"""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proposals.documents import Document, MalformedDocument, digest, parse, render
from proposals.documents.grammar import trim
from tests.proposals.documents_for_tests import BUGFIX, DIFF

TAME = ["a", "b:", "# x", " ", "-", "|", "\n", "\n\n", "\t", ".", "é'\"[]{}—", "\r", "---", "`c`"]
ROUGH = [*TAME, "```", "~~~", "## ", "`", "```diff\n"]


def _words(parts: list[str]) -> st.SearchStrategy[str]:
    joined = st.lists(st.sampled_from(parts), max_size=30).map("".join)
    return joined.map(lambda text: trim(text.split("\n")) or "none")


WORDS = _words(TAME)
ROUGH_WORDS = _words(ROUGH)
TITLES = (
    st.text(min_size=1, max_size=60).map(lambda text: " ".join(text.split())).filter(bool)
).filter(str.isprintable)
DIFFS = st.lists(
    st.sampled_from(
        [" ```", "+```diff", "-````", "+# a", " ## Risk", "+", "-x\t", " ", "@@ 1 @@"]
    ),
    min_size=1,
    max_size=8,
).map(lambda lines: "--- a/x\n" + "\n".join(lines) + "\n")
MOMENTS = st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    kind = draw(st.sampled_from(["bugfix", "optimization", "enhancement"]))
    return Document(
        title=draw(TITLES),
        kind=kind,
        severity=draw(st.sampled_from(["low", "medium", "high", "critical"])),
        risk_level=draw(st.sampled_from(["low", "medium", "high", "critical"])),
        problem=draw(WORDS | ROUGH_WORDS),
        evidence=draw(WORDS),
        root_cause=draw(WORDS),
        solution=draw(WORDS),
        diff=draw(DIFFS),
        impact=draw(WORDS) if kind != "bugfix" else "",
        risk=draw(WORDS),
        rollback=draw(WORDS),
        checklist=draw(WORDS),
        review=draw(WORDS),
        log=draw(WORDS),
        id=draw(st.none() | st.uuids()),
        target=draw(st.sampled_from(["", "gateway", "on", "1e3", "a b"])),
        engine=draw(st.sampled_from(["", "embedded", "person"])),
        author=draw(st.sampled_from(["", "EvalAgent", 'o"brien\\', "null", "key: value"])),
        base=draw(st.sampled_from(["", "0" * 40, "1" * 39 + "e"])),
        created=draw(st.none() | MOMENTS),
        status=draw(st.sampled_from(["pending", "approved", "reverted"])),
        patterns=tuple(draw(st.lists(st.integers(0, 10**9), max_size=3))),
        events=tuple(draw(st.lists(st.sampled_from(["a1", "null", "0x1f", "7"]), max_size=3))),
        playbook=draw(st.sampled_from(["", "slow-tool", "12"])),
        parameter=draw(st.sampled_from(["", "config/tools.yaml:tools.a.timeout_ms"])),
    )


@given(documents())
def test_what_is_written_is_read_back_equal_or_refused(document: Document) -> None:
    try:
        text = render(document)
    except MalformedDocument:
        assume(False)
    assert parse(text) == document
    assert render(parse(text)) == text


@given(documents())
def test_plain_words_are_never_refused(document: Document) -> None:
    words, steps = "Words: *a*.", "- [ ] done `x`"
    honest = replace(
        document,
        problem=words,
        evidence=words,
        root_cause=words,
        risk=words,
        rollback=words,
        solution=steps,
        checklist=steps,
        review="",
        log=steps,
        impact="" if document.kind == "bugfix" else words,
    )
    assert parse(render(honest)) == honest


@given(st.lists(st.sampled_from(ROUGH), max_size=60).map("".join))
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    for candidate in (text, BUGFIX + text, BUGFIX.replace("Low: a", text + "Low: a")):
        try:
            document = parse(candidate)
        except MalformedDocument as refusal:
            line = refusal.line
        else:
            line = 1
            assert parse(render(document)) == document
        assert 1 <= line <= candidate.count("\n") + 1


def test_a_diff_that_shows_fences_survives() -> None:
    diff = "--- a/R.md\n+++ b/R.md\n@@ -1,2 +1,3 @@\n ```\n+```` deeper\n+## Risk\n"
    written = render(replace(parse(BUGFIX), diff=diff))
    assert parse(written).diff == diff
    assert "`````diff\n" in written


def test_a_hand_written_short_fence_ends_only_in_the_first_column() -> None:
    text = BUGFIX.replace(DIFF, "--- a/R.md\n+++ b/R.md\n@@ -1 +1,2 @@\n ```\n+x\n")
    assert parse(text).diff.endswith(" ```\n+x\n")


def test_words_that_would_be_misread_are_refused() -> None:
    with pytest.raises(MalformedDocument):
        render(replace(parse(BUGFIX), problem="See below.\n\n## Risk\n\nNone at all."))


def test_the_digest_names_the_words_and_not_their_fate() -> None:
    document = replace(parse(BUGFIX), id=uuid.uuid4())
    decided = replace(document, status="approved", review="By anna.", log="- approved")
    assert digest(decided) == digest(document)
    assert digest(replace(document, risk="High.")) != digest(document)
    assert digest(replace(document, diff=DIFF + "+more\n")) != digest(document)


def test_windows_line_ends_are_read_like_any_other() -> None:
    assert parse(BUGFIX.replace("\n", "\r\n")) == parse(BUGFIX)


def test_carriage_returns_inside_a_diff_are_kept() -> None:
    diff = DIFF.replace("400\n", "400\r\n")
    assert parse(render(replace(parse(BUGFIX), diff=diff))).diff == diff
