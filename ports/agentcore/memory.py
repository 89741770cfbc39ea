"""How are texts kept in AgentCore's memory, and found again by what they mean?"""

from collections.abc import Sequence
from datetime import datetime

from ports.agentcore import Failed, State
from ports.agentcore.failures import broken, judging
from ports.agentcore.options import AgentCore
from ports.agentcore.wire import DATA, Wire

SESSION = "lessons"
LONGEST_TEXT = 9_000  # characters, as an event takes them
LONGEST_QUERY = 1_000
NO_ID = "agentcore.memory_id names none"


class Remembered:
    """Keep and recall under the namespace of the settings."""

    def __init__(self, options: AgentCore) -> None:
        self._options = options
        self._wire = Wire(options)

    def remember(self, text: str, *, actor: str, name: str, at: datetime) -> str:
        """Keep a text; under the same name it is kept once."""
        with self._wire.asking(DATA, self._options.call_seconds) as ask:
            answer = ask(
                "create_event",
                memoryId=self._id(),
                actorId=actor,
                sessionId=SESSION,
                eventTimestamp=at,
                payload=[{"conversational": {"role": "OTHER", "content": _content(text)}}],
                clientToken=name,
            )
        with judging("create_event"):
            return str(answer["event"]["eventId"])

    def recall(self, query: str, *, actor: str, most: int) -> Sequence[str]:
        """Return the records of this actor's namespace that fit best."""
        with self._wire.asking(DATA, self._options.call_seconds) as ask:
            answer = ask(
                "retrieve_memory_records",
                memoryId=self._id(),
                namespacePath=self._options.namespace(actor),
                searchCriteria={"searchQuery": query[:LONGEST_QUERY], "topK": most},
                maxResults=most,
            )
        with judging("retrieve_memory_records"):
            found = [one["content"].get("text") for one in answer["memoryRecordSummaries"]]
        return [text for text in found if isinstance(text, str) and text][:most]

    def _id(self) -> str:
        if not self._options.memory_id:
            raise Failed(State.NOT_CONFIGURED, "no_id", NO_ID)
        return self._options.memory_id


def _content(text: str) -> dict[str, str]:
    kept = text.replace("\0", "")[:LONGEST_TEXT]
    if not kept.strip():
        raise broken("nothing_to_keep", "an empty text is not kept")
    return {"text": kept}
