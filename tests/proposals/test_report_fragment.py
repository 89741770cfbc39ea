"""Does a reviewer see every answer, with file and line, and nothing as markup?"""

import pytest
from django.template.loader import render_to_string
from pytest_django import DjangoAssertNumQueries

from ports.sandbox import Level
from proposals.pages.checked import answers
from tests.validation.changing import AT
from validation.models import Outcome, Report
from validation.report import MOST_FINDINGS, save
from validation.verdicts import GateVerdict, Mark, Verdict, overall

pytestmark = pytest.mark.django_db


def stored(*gates: GateVerdict) -> Report:
    """Store a report and return it as a page would load it."""
    sha = "ab" * 20
    verdict = Verdict(sha, sha, "cd" * 32, "ef" * 32, overall(gates), gates, AT, 1.25)
    return save(verdict, None, AT)


def drawn(report: Report, diff: str = "") -> str:
    shown = {"report": report, "answers": answers(report, diff)}
    return render_to_string("proposals/_report.html", shown)


def test_each_answer_is_shown_with_its_findings() -> None:
    text = drawn(
        stored(
            GateVerdict("size", "Is it small enough?", Outcome.PASSED, "1 file, 2 lines"),
            GateVerdict(
                "syntax",
                "Can it be read?",
                Outcome.REFUSED,
                "2 findings",
                (Mark("a.yaml", 3, "the key is there twice"), Mark("", None, "<b>oops</b>")),
            ),
            GateVerdict("tests", "Do the tests pass?", Outcome.NOT_RUN, "It names no tests."),
        )
    )
    for words in ("Is it small enough?", "1 file, 2 lines", "a.yaml:3", "Not run", "Refused"):
        assert words in text
    assert "<b>oops" not in text
    assert "<details open>" in text


def test_failures_come_first_and_what_passed_comes_last() -> None:
    text = drawn(
        stored(
            GateVerdict("a", "Passed?", Outcome.PASSED),
            GateVerdict("b", "Missing?", Outcome.NOT_RUN),
            GateVerdict("c", "Doubtful?", Outcome.ACKNOWLEDGE),
            GateVerdict("d", "Broken?", Outcome.COULD_NOT_RUN),
            GateVerdict("e", "Refused?", Outcome.REFUSED),
        )
    )
    order = [
        text.index(word) for word in ("Refused?", "Broken?", "Doubtful?", "Missing?", "Passed?")
    ]
    assert order == sorted(order)


def test_what_passed_is_folded_but_not_what_ran_without_a_sandbox() -> None:
    text = drawn(
        stored(
            GateVerdict("a", "First?", Outcome.PASSED),
            GateVerdict("b", "Second?", Outcome.PASSED),
            GateVerdict("c", "Tests?", Outcome.PASSED, level=Level.L0),
        )
    )
    assert "2 checks passed" in text
    assert text.index("Tests?") < text.index("2 checks passed") < text.index("First?")


DIFF = """\
diff --git a/a.txt b/a.txt
--- a/a.txt
+++ b/a.txt
@@ -1 +1 @@
-x
+y
diff --git a/app.py b/app.py
--- a/app.py
+++ b/app.py
@@ -1,2 +1,2 @@
 import os
-X = 1
+X = os.system("<b>")
"""


def test_a_finding_leads_to_its_line_in_the_diff_and_shows_it() -> None:
    marks = (
        Mark("app.py", 1, "only worth a look", refuses=False),
        Mark("app.py", 2, "hands a text to a shell"),
        Mark("app.py", 40, "stands where the diff shows nothing"),
    )
    text = drawn(stored(GateVerdict("safety", "q", Outcome.REFUSED, "2", marks)), DIFF)
    assert 'href="#f1R2">app.py:2</a>' in text
    assert "X = os.system(&quot;&lt;b&gt;&quot;)" in text
    assert "app.py:40</span>" in text
    assert text.index("hands a text") < text.index("only worth a look")
    assert text.count("To be acknowledged.") == 1


def test_a_diff_that_cannot_be_read_only_takes_the_links_away() -> None:
    marks = (Mark("app.py", 2, "hands a text to a shell"),)
    text = drawn(stored(GateVerdict("safety", "q", Outcome.REFUSED, "", marks)), "@@ nonsense\n")
    assert "app.py:2</span>" in text


def test_drawing_it_takes_two_queries_however_many_gates_there_are(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    gates = [
        GateVerdict(f"g{n}", "q", Outcome.PASSED, "", (Mark("", None, "m"),)) for n in range(9)
    ]
    report = stored(*gates)
    with django_assert_num_queries(2):
        assert "Passed" in drawn(report)


def test_a_flood_of_findings_is_kept_in_part() -> None:
    marks = tuple(Mark("a.py", number, "x" * 5000) for number in range(MOST_FINDINGS + 50))
    report = stored(GateVerdict("syntax", "q", Outcome.REFUSED, "y" * 5000, marks))
    result = report.results.get()
    assert result.findings.count() == MOST_FINDINGS
    assert max(len(finding.message) for finding in result.findings.all()) <= 2000
