"""Is a request that comes twice under one key done once, and answered as the first time?"""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from audit.models import Entry
from proposals.models import Proposal, RejectedInput
from selfimprove.api import repeats
from selfimprove.models import ChangeCheck, Remembered
from targets.models import Target
from tests.api.called import DECIDER, READER, Program, error, program, said
from tests.factories import make_proposal, make_target, proposal_text, tools_diff

pytestmark = pytest.mark.django_db
KEY = {"Idempotency_Key": "run 17"}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def reader(target: Target) -> Program:
    return program(target, *READER)


def test_a_repeat_gets_the_first_answer_and_does_nothing(reader: Program) -> None:
    given = {"diff": tools_diff()}
    first = reader.post("changes", given, **KEY)
    again = reader.post("changes", given, **KEY)
    assert said(first, 202) == said(again, 202)
    assert again["Idempotency-Replayed"] == "true"
    assert again["Location"] == first["Location"]
    assert "Idempotency-Replayed" not in first
    assert ChangeCheck.objects.count() == 1
    assert Entry.objects.filter(event="change.asked").count() == 1


def test_a_proposal_handed_in_twice_is_one(reader: Program) -> None:
    given = {"document": proposal_text()}
    first, again = (reader.post("proposals", given, **KEY) for _ in range(2))
    assert said(first, 201) == said(again, 201)
    assert Proposal.objects.count() == 1


def test_an_approval_sent_twice_is_said_to_be_given(target: Target) -> None:
    judge = program(target, *DECIDER)
    proposal = make_proposal(target)
    where, given = f"proposals/{proposal.pk}/approve", {"digest": proposal.document_digest}
    assert said(judge.post(where, given, **KEY), 200) == said(judge.post(where, given, **KEY), 200)
    assert "Already approved" in error(judge.post(where, given), 409)


@pytest.mark.parametrize(
    ("path", "given"),
    [("changes", {"diff": tools_diff(1300)}), ("proposals", {"document": proposal_text()})],
)
def test_a_key_is_of_one_request(reader: Program, path: str, given: object) -> None:
    said(reader.post("changes", {"diff": tools_diff()}, **KEY), 202)
    words = error(reader.post(path, given, **KEY), 422)
    assert "used for another request" in words
    assert ChangeCheck.objects.count() == 1


def test_two_tokens_may_use_the_same_key(target: Target, reader: Program) -> None:
    given = {"diff": tools_diff()}
    said(reader.post("changes", given, **KEY), 202)
    other = program(target, *READER)
    assert "Idempotency-Replayed" not in other.post("changes", given, **KEY)
    assert ChangeCheck.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "\tkey", "schlüssel"])
def test_a_key_that_is_none_is_refused(reader: Program, key: str) -> None:
    words = error(reader.post("changes", {"diff": "x"}, Idempotency_Key=key), 422)
    assert "1 to 200 visible signs" in words


def test_a_refusal_is_not_remembered(reader: Program) -> None:
    error(reader.post("proposals", {"document": "none"}, **KEY), 422)
    assert not Remembered.objects.exists()
    assert RejectedInput.objects.count() == 1
    said(reader.post("proposals", {"document": proposal_text()}, **KEY), 201)


def test_while_the_first_is_being_answered_the_second_waits(reader: Program) -> None:
    said(reader.post("changes", {"diff": tools_diff()}, **KEY), 202)
    Remembered.objects.update(status=None)
    answer = reader.post("changes", {"diff": tools_diff()}, **KEY)
    assert "still being answered" in error(answer, 409)
    assert answer["Retry-After"] == "1"
    Remembered.objects.update(at=timezone.now() - timedelta(minutes=3))  # whoever did has died
    said(reader.post("changes", {"diff": tools_diff()}, **KEY), 202)
    assert ChangeCheck.objects.count() == 2


def test_what_is_remembered_goes_with_time(reader: Program) -> None:
    said(reader.post("changes", {"diff": tools_diff()}, **KEY), 202)
    assert repeats.prune(timezone.now() + timedelta(seconds=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_at_once_is_done_once(reader: Program) -> None:
    together(4, lambda: reader.post("changes", {"diff": tools_diff()}, **KEY))
    assert ChangeCheck.objects.count() == 1


def together(count: int, act: Callable[[], Any]) -> list[Any]:
    """Do something in several threads at the same moment; return what came of each."""
    ready, found = threading.Barrier(count), []

    def run() -> None:
        try:
            ready.wait()
            found.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == count
    return found
