"""What does the stand-in say to each call of AgentCore? It keeps texts, and runs nothing."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ports.agentcore.standin import frames

MOMENT = "2026-01-01T00:00:00Z"
SECONDS = 1_767_225_600  # the same, as some answers write it
MEMORY = "standin_memory-0123456789"
INTERPRETER = "aws.codeinterpreter.v1"
STRATEGY = "standin_strategy-0123456789"
ACCOUNT = "arn:aws:bedrock-agentcore:us-east-1:000000000000"
KEPT = 1000
RUNS_NOTHING = "The stand-in runs no code."
JUDGES_NOTHING = "The stand-in judges nothing: its answer was written beforehand."

Answer = dict[str, Any] | tuple[bytes, ...]  # an object, or the frames of a stream
Running = Callable[[str, str, Mapping[str, Any]], Iterable[Mapping[str, Any]]]
Ending = Callable[[str], None]


def nothing_runs(
    _session: str, _tool: str, _arguments: Mapping[str, Any]
) -> Iterable[Mapping[str, Any]]:
    """Answer each tool with the reason why it does nothing: whoever asks may be anybody here."""
    yield {"content": [{"type": "text", "text": RUNS_NOTHING}], "isError": True}


@dataclass
class Account:
    """Hold what was kept and which sessions are open, as the account of one server."""

    running: Running = nothing_runs
    ending: Ending = lambda _session: None
    events: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=KEPT))
    sessions: set[str] = field(default_factory=set)
    opened: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, name: str, sent: Mapping[str, Any]) -> Answer:
        """Answer a call whose parameters the description allows."""
        return ANSWERS[name](self, sent)

    def _start(self, sent: Mapping[str, Any]) -> Answer:
        with self._lock:
            self.opened += 1
            session = f"standin{self.opened:06d}"
        self.sessions.add(session)
        return {
            "codeInterpreterIdentifier": sent["codeInterpreterIdentifier"],
            "sessionId": session,
            "createdAt": MOMENT,
        }

    def _invoke(self, sent: Mapping[str, Any]) -> Answer:
        session = str(sent.get("sessionId", ""))
        if session not in self.sessions:
            return (frames.exception("resourceNotFoundException", "there is no such session"),)
        results = self.running(session, sent["name"], sent.get("arguments", {}))
        return tuple(frames.result(one) for one in results)

    def _stop(self, sent: Mapping[str, Any]) -> Answer:
        session = sent["sessionId"]
        self.ending(session)
        self.sessions.discard(session)
        return {
            "codeInterpreterIdentifier": sent["codeInterpreterIdentifier"],
            "sessionId": session,
            "lastUpdatedAt": MOMENT,
        }

    def _keep(self, sent: Mapping[str, Any]) -> Answer:
        texts = [one.get("conversational", {}).get("content", {}) for one in sent["payload"]]
        with self._lock:
            for one in texts:
                self.events.append((sent["actorId"], one.get("text", "")))
            number = len(self.events)
        at: datetime = sent["eventTimestamp"]
        named = {name: sent[name] for name in ("memoryId", "actorId", "payload")}
        return {
            "event": {
                **named,
                "sessionId": sent.get("sessionId", "none"),
                "eventId": f"{number:04d}#{number:08x}",
                "eventTimestamp": at.timestamp(),
            }
        }

    def _find(self, sent: Mapping[str, Any]) -> Answer:
        """Return the newest texts of the actors whose name stands in the namespace."""
        space = str(sent.get("namespacePath") or sent.get("namespace") or "/")
        parts = set(space.split("/"))
        with self._lock:
            kept = [text for actor, text in reversed(self.events) if actor in parts and text]
        most = sent.get("maxResults", 10)
        return {
            "memoryRecordSummaries": [
                {
                    "memoryRecordId": f"mem-{number:036d}",
                    "content": {"text": text},
                    "memoryStrategyId": STRATEGY,
                    "namespaces": [space],
                    "createdAt": SECONDS,
                }
                for number, text in enumerate(kept[:most])
            ]
        }

    def _judge(self, sent: Mapping[str, Any]) -> Answer:
        """Say the same of every session, with a label that tells who speaks: nobody read it."""
        spans = sent["evaluationInput"].get("sessionSpans", [])
        found = {
            "evaluatorArn": "arn:aws:bedrock-agentcore:::evaluator/Builtin.StandIn",
            "evaluatorId": sent["evaluatorId"],
            "evaluatorName": "Builtin.StandIn",
            "context": {"spanContext": {"sessionId": next(_sessions(spans), "none")}},
            "value": 0.5,
            "label": "Stand-in",
            "explanation": JUDGES_NOTHING,
        }
        return {"evaluationResults": [found]}

    def _memories(self, _sent: Mapping[str, Any]) -> Answer:
        times = {"createdAt": SECONDS, "updatedAt": SECONDS}
        arn = f"{ACCOUNT}:memory/{MEMORY}"
        return {"memories": [{"id": MEMORY, "arn": arn, "status": "ACTIVE", **times}]}

    def _interpreters(self, sent: Mapping[str, Any]) -> Answer:
        if sent.get("type") == "CUSTOM":
            return {"codeInterpreterSummaries": []}
        one = {
            "codeInterpreterId": INTERPRETER,
            "codeInterpreterArn": (
                f"arn:aws:bedrock-agentcore:us-east-1:aws:code-interpreter/{INTERPRETER}"
            ),
            "status": "READY",
            "createdAt": MOMENT,
        }
        return {"codeInterpreterSummaries": [one]}

    def _evaluators(self, _sent: Mapping[str, Any]) -> Answer:
        one = {
            "evaluatorArn": "arn:aws:bedrock-agentcore:::evaluator/Builtin.StandIn",
            "evaluatorId": "Builtin.StandIn",
            "evaluatorName": "Builtin.StandIn",
            "evaluatorType": "Builtin",
            "status": "ACTIVE",
            "createdAt": SECONDS,
            "updatedAt": SECONDS,
        }
        return {"evaluators": [one]}


def _sessions(spans: Iterable[Any]) -> Iterator[str]:
    """Yield which sessions spans belong to, whatever else they are."""
    for one in spans:
        match one:
            case {"attributes": {"session.id": str(found)}}:
                yield found


ANSWERS: Mapping[str, Callable[[Account, Mapping[str, Any]], Answer]] = {
    "StartCodeInterpreterSession": Account._start,
    "InvokeCodeInterpreter": Account._invoke,
    "StopCodeInterpreterSession": Account._stop,
    "CreateEvent": Account._keep,
    "RetrieveMemoryRecords": Account._find,
    "Evaluate": Account._judge,
    "ListMemories": Account._memories,
    "ListCodeInterpreters": Account._interpreters,
    "ListEvaluators": Account._evaluators,
    "ListPolicyEngines": lambda _account, _sent: {"policyEngines": []},
    "ListGateways": lambda _account, _sent: {"items": []},
}
