"""Does the stand-in come to a judgement and an answer, whatever it is sent?"""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ports.llm.standin.authored import answer
from ports.llm.standin.catalogue import MODELS
from ports.llm.standin.checks import reason_against
from ports.llm.standin.messages import encoded, message
from ports.llm.standin.steps import Step

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
ANY = st.recursive(
    PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
NAMES = st.sampled_from(
    [
        *("model", "max_tokens", "messages", "system", "tools", "tool_choice", "thinking"),
        *("output_config", "temperature", "stream", "stop_sequences", "metadata", "strange"),
    ]
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "boss"]), "content": ANY})
)
SCHEMAS = st.fixed_dictionaries(
    {"format": st.fixed_dictionaries({"type": st.just("json_schema"), "schema": ANY})}
)
HELLO = st.just([{"role": "user", "content": "Hello"}])
REQUESTS = st.fixed_dictionaries(
    {"model": st.just("claude-sonnet-5-5"), "max_tokens": st.just(5)},
    optional={
        "messages": HELLO | MESSAGES,
        "output_config": SCHEMAS | ANY,
        "tool_choice": ANY,
        "thinking": ANY,
        "system": ANY,
    },
)
SHAPED = st.fixed_dictionaries(
    {
        "model": st.just("claude-sonnet-5-5"),
        "max_tokens": st.just(5),
        "messages": HELLO,
        "output_config": SCHEMAS,
    }
)
KEYS = st.sampled_from(
    [
        *("documents", "patterns", "parameters", "files", "headings", "diff", "plan"),
        *("gates", "n", "key", "component", "path", "value", "bugfix", "front_matter"),
    ]
)
MATERIAL = st.dictionaries(
    KEYS, st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))
)


@given(sent=SHAPED | REQUESTS | st.dictionaries(NAMES, ANY), counting=st.booleans())
@settings(max_examples=200)
def test_every_request_is_taken_or_refused_with_a_reason(
    sent: dict[str, Any], counting: bool
) -> None:
    for known in MODELS[:3]:
        assert isinstance(reason_against(sent, known, counting=counting), str)


@given(material=MATERIAL, schema=st.none() | st.dictionaries(st.text(), ANY))
@settings(max_examples=200)
def test_every_material_gets_an_answer(
    material: dict[str, Any], schema: dict[str, Any] | None
) -> None:
    wanted = {} if schema is None else {"format": {"type": "json_schema", "schema": schema}}
    asked = [{"role": "user", "content": json.dumps(material)}]
    assert answer({"messages": asked, "output_config": wanted})


@given(text=st.text(), block=st.dictionaries(st.text(), ANY))
def test_every_answer_can_be_streamed(text: str, block: dict[str, Any]) -> None:
    step = Step(text=text, blocks=({**block, "type": "new"},))
    events = encoded(message(step, {"model": "m"}, 1))
    datas = [json.loads(event.split(b"data: ", 1)[1]) for event in events]
    said = [one["delta"]["text"] for one in datas if one["type"] == "content_block_delta"]
    assert "".join(said) == text
