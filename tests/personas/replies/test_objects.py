"""Is the object of an answer found however it is wrapped, and nothing else taken for it?"""

from itertools import product
from typing import Any

import pytest

from personas.replies import NoAnswer, extract
from tests.personas.replies.broken import NO_ANSWER, SEVERAL
from tests.personas.replies.wrappings import PAYLOADS, WRAPPINGS, wrapped

WAYS = sorted(product(PAYLOADS, WRAPPINGS, (False, True)))
NOT_DRAWN = {"nothing", "blank lines", "a byte order mark"}


@pytest.mark.parametrize("wrapping", sorted(WRAPPINGS))
@pytest.mark.parametrize("payload", sorted(PAYLOADS))
def test_a_wrapped_object_is_found(payload: str, wrapping: str) -> None:
    for pretty in (False, True):
        text = wrapped(PAYLOADS[payload], wrapping, pretty=pretty)
        assert extract(text) == PAYLOADS[payload]


@pytest.mark.parametrize("name", sorted(NO_ANSWER))
def test_what_is_no_answer_is_refused_with_the_reason_and_the_text(name: str) -> None:
    text, reason = NO_ANSWER[name]
    with pytest.raises(NoAnswer) as caught:
        extract(text)
    assert reason in caught.value.reason
    assert caught.value.text == text
    assert str(caught.value) == caught.value.reason


@pytest.mark.parametrize("name", sorted(SEVERAL))
def test_of_several_the_first_that_can_be_read_is_taken(name: str) -> None:
    text, value = SEVERAL[name]
    assert extract(text) == value


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len(WAYS) + len(NO_ANSWER) + len(SEVERAL) > 1_400


@pytest.mark.parametrize("wrapping", sorted(set(WRAPPINGS) - {"a broken block behind"}))
def test_a_cut_answer_gives_the_whole_object_or_none_of_it(wrapping: str) -> None:
    payload = {"approved": False, "findings": [{"file": "a", "line": 1}], "must_fix": ["x"]}
    text = wrapped(payload, wrapping, pretty=True)
    inner = [payload["findings"], payload["findings"][0], ["x"]]  # type: ignore[index]
    for end in range(len(text)):
        try:
            found = extract(text[:end])
        except NoAnswer:
            continue
        assert found not in inner
        # What stands around it may be complete before it begins: a mention, or the block behind.
        assert found == payload or "{" in WRAPPINGS[wrapping] or "[" in WRAPPINGS[wrapping]


def is_review(value: Any) -> bool:
    return isinstance(value, dict) and "approved" in value


def test_a_schema_decides_only_where_the_first_fails_it() -> None:
    text = 'Of {"a": 1}, {"approved": false} and {"approved": true} the second.'
    assert extract(text, accept=is_review) == {"approved": False}
    assert extract(text) == {"a": 1}


def test_where_none_fits_the_first_is_given_so_that_its_faults_can_be_told() -> None:
    assert extract('{"a": 1} {"b": 2}', accept=is_review) == {"a": 1}


def test_a_schema_does_not_reach_into_a_broken_object() -> None:
    with pytest.raises(NoAnswer):
        extract('{"old": {"approved": true}, "approved": oops}', accept=is_review)


def test_a_mention_is_taken_where_only_it_fits() -> None:
    assert extract('`{"approved": false}`, not {"a": 1}', accept=is_review) == {"approved": False}
