"""How is one number read from a report, and when is there none to be read?"""

import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

import re2

from benchmarks.measured import MOST_ITEMS


class NoScore(Exception):
    """The report holds no score; the words say what is there instead."""


class BadPattern(ValueError):
    """The pattern cannot be searched for, or does not name one group."""


def by_pointer(text: str, pointer: str) -> float:
    """Return the number that a JSON pointer leads to."""
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NoScore(
            f"the report is no JSON, or cut: {error}; it begins {_start(text)}"
        ) from error
    gone = ""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise NoScore(f"{pointer} leads nowhere: {gone or 'its top'} has no {key}") from error
        gone = f"{gone}/{part}"
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise NoScore(f"{pointer} leads to {_start(json.dumps(found))}, which is no number")
    return finite(float(found))


def by_pattern(text: str, pattern: str) -> float:
    """Return the number in the one place that a pattern matches."""
    searched = compiled(pattern)
    matches = [match.group(1) for match in searched.finditer(text)]
    if len(matches) != 1:
        raise NoScore(f"the pattern matches {len(matches)} times; it has to match once")
    try:
        return finite(float(matches[0]))
    except ValueError as error:
        raise NoScore(f"the pattern finds {_start(matches[0])}, which is no number") from error


def compiled(pattern: str) -> Any:
    """Return a pattern that takes time linear in the text; raise BadPattern."""
    options = re2.Options()
    options.log_errors = False
    try:
        found = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise BadPattern(f"{pattern!r} is no pattern for RE2: {error}") from error
    if found.groups != 1:
        raise BadPattern(f"{pattern!r} has {found.groups} groups; the score stands in exactly one")
    return found


def by_junit(text: str) -> tuple[float, Mapping[str, float]]:
    """Return the share of passed cases, and each case."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NoScore("the report declares entities, which JUnit XML has no need of")
    try:
        top = ElementTree.fromstring(text)  # noqa: S314 - nothing that expands is let in
    except ElementTree.ParseError as error:
        raise NoScore(f"the report is no XML, or cut: {error}") from error
    if top.tag not in ("testsuites", "testsuite"):
        raise NoScore(f"the report is no JUnit XML: its top is {top.tag}")
    cases: dict[str, float] = {}
    for suite in top.iter("testsuite"):
        _add(cases, suite)
    if not cases:
        raise NoScore("the report holds no case that ran")
    if len(cases) > MOST_ITEMS:
        raise NoScore(f"the report holds {len(cases)} cases, more than {MOST_ITEMS}")
    return sum(cases.values()) / len(cases), MappingProxyType(dict(sorted(cases.items())))


def _add(cases: dict[str, float], suite: ElementTree.Element) -> None:
    found = suite.findall("testcase")
    told = suite.get("tests", "")
    if told.isdigit() and not suite.findall("testsuite") and int(told) != len(found):
        raise NoScore(f"the report announces {told} cases and holds {len(found)}: it is cut")
    for case in found:
        if case.find("skipped") is not None:
            continue
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        passed = case.find("failure") is None and case.find("error") is None
        cases[name] = min(cases.get(name, 1.0), float(passed))


def finite(value: float) -> float:
    """Return a number; raise NoScore where it is none that could be compared."""
    if not math.isfinite(value):
        raise NoScore(f"the score is {value}, which is no number that could be compared")
    return value


def _no_number(word: str) -> float:
    raise NoScore(f"the report holds {word}, which is no number that could be compared")


def _start(text: str) -> str:
    return repr(text[:60])
