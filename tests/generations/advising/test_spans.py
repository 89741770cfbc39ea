"""Do spans hold a conversation as the conventions have it, and tell its turns apart?"""

import json
import re
from datetime import timedelta

from generations.advising.spans import SCOPE, Said, spans, trace_of
from tests.factories import NOW

LATER = NOW + timedelta(seconds=2, microseconds=7)
SAID = Said("plan", "Architect", "What?", 'This: "x"\n測', NOW, LATER)


def test_a_turn_is_a_trace_of_one_span_with_question_and_answer() -> None:
    (one,) = spans("generation-7", [SAID])
    assert re.fullmatch("[0-9a-f]{32}", one["traceId"])
    assert re.fullmatch("[0-9a-f]{16}", one["spanId"])
    assert one["name"] == "invoke_agent Architect"
    assert one["scope"] == {"name": SCOPE}
    assert one["endTimeUnixNano"] - one["startTimeUnixNano"] == 2_000_007_000
    said = one["attributes"]
    assert said["session.id"] == said["gen_ai.conversation.id"] == "generation-7"
    assert said["gen_ai.operation.name"] == "invoke_agent"
    assert json.loads(said["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "What?"}]}
    ]
    (message,) = json.loads(said["gen_ai.output.messages"])
    assert (message["role"], message["parts"][0]["content"]) == ("assistant", SAID.answered)


def test_turns_of_a_session_are_told_apart_and_found_again() -> None:
    parts = ("plan", "build", "review")
    turns = [Said(part, part, "", "", NOW, LATER) for part in parts]
    made = spans("generation-7", turns)
    assert [one["traceId"] for one in made] == [trace_of("generation-7", part) for part in parts]
    other = spans("generation-8", turns)
    ids = [one[name] for one in made + other for name in ("traceId", "spanId")]
    assert len(set(ids)) == len(ids)
    assert made == spans("generation-7", turns)
