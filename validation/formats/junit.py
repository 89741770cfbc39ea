"""How do programs that read JUnit's XML learn what each test did? From the host's own ledger."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from targets.testing.ledger import Case
from telemetry.sanitizer import sanitize
from validation.verdicts import Verdict, visible

_BAD = {"failed": "failure", "error": "error"}


def junit(verdict: Verdict) -> str:
    """Return every test that ran with the change, by the gate that heard of it."""
    top = Element("testsuites")
    for gate in verdict.gates:
        if not gate.cases:
            continue
        suite = SubElement(
            top,
            "testsuite",
            name=gate.gate,
            tests=str(len(gate.cases)),
            failures=str(sum(case.outcome == "failed" for case in gate.cases)),
            errors=str(sum(case.outcome == "error" for case in gate.cases)),
            skipped=str(sum(case.outcome in ("skipped", "xfailed") for case in gate.cases)),
            time=f"{sum(case.seconds for case in gate.cases):.3f}",
        )
        for case in gate.cases:
            _add(suite, case)
    indent(top)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(top, encoding="unicode")}\n'


def _add(suite: Element, case: Case) -> None:
    place, sign, name = case.name.rpartition("::" if "::" in case.name else ".")
    one = SubElement(
        suite,
        "testcase",
        classname=_clean(place if sign else suite.get("name", "")),
        name=_clean(name),
        time=f"{case.seconds:.3f}",
    )
    if case.outcome in _BAD:
        words = _clean(case.words)
        last = words.strip().splitlines()[-1:] or [""]
        SubElement(one, _BAD[case.outcome], message=last[0]).text = words
    elif case.outcome != "passed":
        SubElement(one, "skipped", message=case.outcome)


def _clean(text: str) -> str:
    """Leave out secrets, and what XML or a terminal would not show."""
    return visible(sanitize(text)[0])
