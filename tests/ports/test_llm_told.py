"""Does the page about models tell of every kind of failure that can stand in a record?"""

import re

import pytest

from ports.llm.bedrock_errors import NEVER_RETRIED_CODES, RETRIED_CODES
from ports.llm.faults import ADVICE, RETRIED_KINDS, told
from tests.architecture.house import ROOT
from tests.ports import test_llm_faults_anthropic, test_llm_faults_bedrock
from tests.ports.fault_rows import Row

PAGE = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))
TABLES: list[Row] = [*test_llm_faults_anthropic.ROWS, *test_llm_faults_bedrock.ROWS]
SEEN = {kind for row in TABLES for kind in row.failed}
IN_SOURCE = {
    kind
    for path in (ROOT / "ports" / "llm").glob("*.py")
    for kind in re.findall(
        r'(?:PermanentError|TemporaryError|unusable|_temporary)\(\s*"(\w+)"', path.read_text()
    )
}
KINDS = SEEN | IN_SOURCE | set(ADVICE) | RETRIED_KINDS | RETRIED_CODES | NEVER_RETRIED_CODES


def test_there_are_kinds_to_tell_of() -> None:
    assert {"bad_body", "deadline", "not_configured", "ThrottlingException"} <= KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_failure_is_told(kind: str) -> None:
    assert (kind if not kind.startswith("http_") else "http_N") in NAMED


def test_the_words_for_a_person_hold_advice_and_no_key() -> None:
    words = told("not_found_error", 404, "no\nmodel sk-planted " + "x" * 999, secret="sk-planted")
    assert "the provider answered 404" in words
    assert "retired" in words
    assert "no model [key] xxx" in words
    assert "sk-planted" not in words
    assert len(words) < 500
