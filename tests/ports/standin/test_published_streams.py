"""Do the adapters read the streams that the SDK publishes with its source?

They are the SDK's, not ours: `make sdk-streams` fetches its source into var/sdk, and this is
skipped where it has not been fetched. The adapter's own tables hold streams of ours.
"""

import tarfile
from pathlib import Path

import anthropic
import pytest

from ports.agentcore.standin import frames
from ports.llm import Reply
from ports.llm.anthropic import AnthropicModel
from ports.llm.bedrock import BedrockModel
from ports.llm.standin.routes import in_frames
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step
from tests.architecture.house import ROOT
from tests.ports.fault_rows import REQUEST, Clock

SOURCE = ROOT / "var" / "sdk" / f"anthropic-{anthropic.__version__}.tar.gz"
INSIDE = "/tests/lib/streaming/fixtures/"
pytestmark = pytest.mark.skipif(
    not SOURCE.exists(), reason=f"{SOURCE.name} is not there: make sdk-streams fetches it"
)
BROKEN = {"tool_use_invalid_json_response": "bad_body"}


def streams() -> dict[str, bytes]:
    """Read the streams from the archive; nothing is unpacked."""
    found: dict[str, bytes] = {}
    with tarfile.open(SOURCE) as archive:
        for member in archive.getmembers():
            if INSIDE in member.name and member.name.endswith(".txt"):
                file = archive.extractfile(member)
                found[Path(member.name).stem] = file.read() if file else b""
    return found


def test_each_published_stream_is_read_or_refused_as_its_authors_expect() -> None:
    found = streams()
    assert len(found) >= 16
    refused: dict[str, str] = {}
    for name, raw in sorted(found.items()):
        steps = [Step(events=(raw,)), Step(text="asked again")]
        with serving(steps) as played:
            patience = Clock().patience()
            model = AnthropicModel(key="k", address=played.address, patience=patience)
            reply = model.complete(REQUEST)
        if reply.failed_attempts:
            refused[name] = str(reply.failed_attempts[0])
            assert reply.failed_attempts[0].usage_unknown
        else:
            assert reply.stop_reason, name
            assert reply.input_tokens > 0, name
    assert refused == BROKEN


def test_bedrock_says_the_same_where_it_carries_the_same_events() -> None:
    told: dict[str, tuple[object, object]] = {}
    for name, raw in sorted(streams().items()):
        with serving([Step(events=(raw,)), Step(text="asked again")]) as played:
            patience = Clock().patience()
            there = AnthropicModel(key="k", address=played.address, patience=patience)
            whole = summed(there.complete(REQUEST))
        lines = [line for line in raw.decode().splitlines() if line.startswith("data: ")]
        parts = [frames.chunk(line.removeprefix("data: ").encode()) for line in lines]
        steps = [in_frames(Step(events=tuple(parts))), Step(text="asked again")]
        with serving(steps) as played:
            model = BedrockModel(address=played.address, patience=Clock().patience())
            framed = summed(model.complete(REQUEST))
        if whole != framed:
            told[name] = (whole, framed)
    # We give no model a tool, and read none of what it would call one with.
    assert set(told) == set(BROKEN)


def summed(reply: Reply) -> tuple[object, ...]:
    """Return all of an answer that the same events must tell."""
    return (
        *(reply.text, reply.stop_reason, reply.input_tokens, reply.output_tokens),
        *(reply.cached_tokens, reply.written_cache_tokens, reply.usage_unknown),
        [str(one) for one in reply.failed_attempts],
    )
