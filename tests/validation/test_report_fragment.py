"""Does a reviewer see every answer, with file and line, and nothing as markup?"""

import pytest
from django.template.loader import render_to_string
from pytest_django import DjangoAssertNumQueries

from tests.validation.changing import AT
from validation.models import Outcome, Report
from validation.report import MOST_FINDINGS, save
from validation.verdicts import GateVerdict, Mark, Verdict, overall

pytestmark = pytest.mark.django_db


def stored(*gates: GateVerdict) -> Report:
    """Store a report and return it as a page would load it."""
    sha = "ab" * 20
    verdict = Verdict(sha, sha, "cd" * 32, "ef" * 32, overall(gates), gates, AT, 1.25)
    made = save(verdict, None, AT)
    return Report.objects.prefetch_related("results__findings").get(pk=made.pk)


def drawn(report: Report) -> str:
    return render_to_string("validation/_report.html", {"report": report})


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


def test_drawing_it_takes_no_further_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    report = stored(
        GateVerdict("size", "q", Outcome.PASSED), GateVerdict("x", "q", Outcome.PASSED)
    )
    with django_assert_num_queries(0):
        assert "Passed" in drawn(report)


def test_a_flood_of_findings_is_kept_in_part() -> None:
    marks = tuple(Mark("a.py", number, "x" * 5000) for number in range(MOST_FINDINGS + 50))
    report = stored(GateVerdict("syntax", "q", Outcome.REFUSED, "y" * 5000, marks))
    result = report.results.get()
    assert result.findings.count() == MOST_FINDINGS
    assert max(len(finding.message) for finding in result.findings.all()) <= 2000
