"""Does a person who has to ask again count as a correction, and one who goes on as none?"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from telemetry import tasks, turns
from telemetry.models import Event, Turn
from tests.telemetry.doors.knock import Knock, called
from tests.telemetry.doors.otel import JSON, PROTOBUF, encoded, logs, record, span, traces
from tests.telemetry.planted import ISSUED

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def nanos(at: datetime) -> str:
    return str(int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000)


@dataclass
class Talk:
    """Hold one session; a turn is told at `at`, an hour ago, and calls around it."""

    knock: Knock = field(default_factory=Knock)
    at: datetime = field(default_factory=lambda: timezone.now() - timedelta(hours=1))
    number: int = 0

    def call(self, after: timedelta, **more: Any) -> None:
        """Hand in a call that ends so long after the turn, or before it."""
        self.number += 1
        at = self.at + after
        values = {"session_id": "s-1", "latency_ms": 100, **more}
        assert self.knock.events(called(self.number, at=at, **values)).status_code == 200

    def prompt(
        self,
        name: str = "claude_code.user_prompt",
        *,
        after: timedelta = timedelta(0),
        session: str = "s-1",
        **more: Any,
    ) -> None:
        """Tell of a turn as a coding agent does."""
        values = {"session.id": session, "event.name": name, "prompt_length": 3, **more}
        self.logs(record(values, timeUnixNano=nanos(self.at + after)))

    def logs(self, *records: dict[str, Any], kind: str = JSON) -> None:
        body = encoded(logs(*records), kind)
        assert self.knock.post("/v1/logs", body, kind).status_code == 200

    def run(
        self, begun: timedelta, ended: timedelta, number: int = 1, *, session: str = "s-1"
    ) -> None:
        """Tell of a run of an agent as the conventions do."""
        told = {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": session}
        one = span("invoke_agent planner", a=told, spanId=f"{number:016x}",
                   startTimeUnixNano=nanos(self.at + begun),
                   endTimeUnixNano=nanos(self.at + ended))  # fmt: skip
        assert self.knock.post("/v1/traces", encoded(traces(one), JSON), JSON).status_code == 200

    def judged(self, later: timedelta = 5 * MINUTE) -> list[Event]:
        """Judge after a while and return every correction."""
        turns.judge(self.knock.target, timezone.now() + later)
        return list(Event.objects.filter(event_type="user_correction").order_by("timestamp"))


@pytest.fixture
def talk() -> Talk:
    return Talk()


NAMES = ["claude_code.user_prompt", "codex.user_prompt", "gemini_cli.user_prompt", "user_prompt"]


@pytest.mark.parametrize("name", NAMES)
def test_a_tool_that_failed_and_is_called_again_after_a_turn_is_a_retry(
    talk: Talk, name: str
) -> None:
    talk.call(-5 * MINUTE)
    talk.prompt(name)
    talk.call(4 * MINUTE, success=True)
    (found,) = talk.judged()
    assert (found.correction_type, found.session_id) == ("retry", "s-1")
    assert found.agent == "planner"
    assert found.timestamp == talk.at


def test_a_tool_that_worked_and_is_repeated_at_once_is_a_retry(talk: Talk) -> None:
    talk.call(-60 * SECOND, success=True)
    talk.prompt()
    talk.call(59 * SECOND, success=True)
    assert len(talk.judged()) == 1


def test_a_run_of_an_agent_in_the_same_conversation_is_a_turn(talk: Talk) -> None:
    talk.run(-3 * MINUTE, -1 * MINUTE, 1)
    talk.call(-2 * MINUTE)
    talk.run(timedelta(0), 2 * MINUTE, 2)
    talk.call(1 * MINUTE)
    (found,) = talk.judged()
    assert found.timestamp == talk.at


HONEST: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another tool": ({"tool": "edit"}, {}),
    "another agent": ({"agent": "writer"}, {}),
    "a tool without a name": ({"tool": "unknown"}, {"tool": "unknown"}),
    "another session": ({"session_id": "s-2"}, {}),
    "it worked, and some time has passed": ({"success": True, "after": -121 * SECOND}, {}),
    "long before": ({"after": -11 * MINUTE}, {}),
    "long after": ({}, {"after": 11 * MINUTE}),
    "it ran on from before": ({}, {"latency_ms": 90_000}),
}


@pytest.mark.parametrize(("before", "after"), HONEST.values(), ids=HONEST)
def test_who_goes_on_has_corrected_nothing(
    talk: Talk, before: dict[str, Any], after: dict[str, Any]
) -> None:
    talk.call(**{"after": -30 * SECOND, **before})
    talk.prompt()
    talk.call(**{"after": 30 * SECOND, **after})
    assert talk.judged() == []
    assert Turn.objects.get().judged


def test_only_the_last_call_before_and_the_first_after_count(talk: Talk) -> None:
    talk.call(-40 * SECOND)
    talk.call(-30 * SECOND, tool="edit", success=True)
    talk.prompt()
    talk.call(30 * SECOND)
    assert talk.judged() == []


def test_of_calls_at_the_same_time_the_one_that_began_first_is_the_first(talk: Talk) -> None:
    talk.call(-30 * SECOND)
    talk.prompt()
    talk.call(20 * SECOND)
    talk.call(40 * SECOND, tool="edit", latency_ms=39_000)
    assert talk.judged() == []


def test_a_call_without_a_turn_between_is_the_agents_own_second_try(talk: Talk) -> None:
    talk.call(-30 * SECOND)
    talk.call(30 * SECOND)
    talk.prompt(after=2 * MINUTE)
    assert talk.judged() == []


def test_of_two_turns_before_a_call_the_later_one_asked_again(talk: Talk) -> None:
    talk.call(-30 * SECOND)
    talk.prompt()
    talk.prompt(after=20 * SECOND)
    talk.call(60 * SECOND)
    (found,) = talk.judged()
    assert found.timestamp == talk.at + 20 * SECOND


def test_a_run_within_another_is_no_person(talk: Talk) -> None:
    talk.call(-30 * SECOND)
    talk.run(timedelta(0), 2 * MINUTE, 1)
    talk.call(60 * SECOND)
    talk.run(-5 * MINUTE, 5 * MINUTE, 2)
    assert talk.judged() == []


def test_a_prompt_within_its_own_run_makes_no_second_correction(talk: Talk) -> None:
    talk.call(-30 * SECOND)
    talk.run(timedelta(0), 2 * MINUTE)
    talk.prompt(after=1 * SECOND)
    talk.call(60 * SECOND)
    (found,) = talk.judged()
    assert found.timestamp == talk.at


def test_it_waits_until_the_next_calls_can_have_arrived(talk: Talk) -> None:
    talk.at = timezone.now() - 2 * MINUTE
    talk.call(-30 * SECOND)
    talk.prompt()
    assert talk.judged(9 * MINUTE) == []
    talk.call(30 * SECOND)  # its exporter was slow
    assert len(talk.judged(11 * MINUTE)) == 1


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_a_turn_that_is_sent_again_makes_no_second_correction(talk: Talk, kind: str) -> None:
    talk.call(-30 * SECOND)
    talk.call(30 * SECOND)
    values = {"session.id": "s-1", "event.name": "codex.user_prompt", "prompt": "again"}
    turn = record(values, timeUnixNano=nanos(talk.at))
    for minutes in (5, 6, 7):
        talk.logs(turn, turn, kind=kind)
        assert len(talk.judged(minutes * MINUTE)) == 1
    assert Turn.objects.count() == 1
    Turn.objects.all().delete()  # a repeat days later, when the turn is forgotten
    talk.logs(turn, kind=kind)
    assert len(talk.judged()) == 1


def test_turns_are_forgotten_after_two_days_and_corrections_stay(talk: Talk) -> None:
    talk.call(-30 * SECOND)
    talk.prompt()
    talk.call(30 * SECOND)
    assert len(talk.judged()) == 1
    assert len(talk.judged(timedelta(days=2, minutes=1))) == 1
    assert not Turn.objects.exists()


def test_turns_without_a_session_or_out_of_time_are_none(talk: Talk) -> None:
    talk.prompt(session="")
    talk.prompt(after=-timedelta(days=3))
    talk.prompt(after=timedelta(hours=2))
    talk.logs(record({"event.name": "user_prompt", "session.id": "s-1"}, timeUnixNano="0"))
    talk.run(timedelta(0), MINUTE, session="")
    assert not Turn.objects.exists()


def test_the_tick_judges_and_nothing_of_the_prompt_is_kept(talk: Talk) -> None:
    secret = ISSUED["github"]
    talk.call(-30 * SECOND)
    talk.prompt(prompt=f"again, with {secret}", session=f"s-1 {secret}")
    talk.prompt()
    talk.call(30 * SECOND)
    Turn.objects.update(received_at=timezone.now() - 3 * MINUTE)
    assert "new patterns" in tasks.mine()
    assert "new patterns" in tasks.mine()
    assert Event.objects.filter(correction_type="retry").count() == 1
    assert secret not in repr([vars(turn) for turn in Turn.objects.all()])


def test_the_sender_is_told_what_is_kept_of_a_turn(talk: Talk) -> None:
    body = encoded(logs(record({"event.name": "user_prompt", "session.id": "s-1"})), JSON)
    told = talk.knock.post("/v1/logs", body, JSON).json()["partialSuccess"]
    assert "only session and moment are kept for two days" in told["errorMessage"]
