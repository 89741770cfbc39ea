"""How does a command run in AgentCore's code interpreter, and when is its answer whole?"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from ports.agentcore import Executed
from ports.agentcore.failures import broken, judging, plain
from ports.agentcore.options import AgentCore
from ports.agentcore.wire import DATA, Wire

NAME = "selfimprove"
LONGEST_SESSION = 28_800  # seconds, as the service has it
LARGEST_ANSWER = 64_000_000  # characters of one answer


class CodeInterpreter:
    """Speak the three calls of a session, whose answers to commands are event streams."""

    def __init__(self, options: AgentCore) -> None:
        self._options = options
        self._wire = Wire(options)

    def start(self, seconds: int) -> str:
        """Open a session."""
        with self._wire.asking(DATA, self._options.call_seconds) as ask:
            answer = ask(
                "start_code_interpreter_session",
                codeInterpreterIdentifier=self._options.code_interpreter_id,
                name=NAME,
                sessionTimeoutSeconds=max(1, min(seconds, LONGEST_SESSION)),
            )
        with judging("start_code_interpreter_session"):
            return str(answer["sessionId"])

    def write(self, session: str, files: Mapping[str, bytes]) -> None:
        """Put files beside each other."""
        content = [{"path": path, "blob": content} for path, content in files.items()]
        self._invoke(session, "writeFiles", {"content": content}, self._options.call_seconds)

    def execute(self, session: str, command: str, *, seconds: float) -> Executed:
        """Run a command of the shell."""
        given = {"command": command}
        waiting = seconds + self._options.call_seconds
        return self._invoke(session, "executeCommand", given, waiting)

    def stop(self, session: str) -> None:
        """End a session."""
        with self._wire.asking(DATA, self._options.call_seconds) as ask:
            ask(
                "stop_code_interpreter_session",
                codeInterpreterIdentifier=self._options.code_interpreter_id,
                sessionId=session,
            )

    def _invoke(
        self, session: str, tool: str, arguments: Mapping[str, Any], seconds: float
    ) -> Executed:
        with self._wire.asking(DATA, seconds) as ask:
            answer = ask(
                "invoke_code_interpreter",
                codeInterpreterIdentifier=self._options.code_interpreter_id,
                sessionId=session,
                name=tool,
                arguments=arguments,
            )
            with judging(tool), closing(answer["stream"]) as frames:
                return _executed(frames, tool)


def _executed(frames: Iterable[Mapping[str, Any]], tool: str) -> Executed:
    """Read the results of a stream; one that ends without any was cut, which nobody else tells."""
    said: list[str] = []
    code: int | None = None
    results = size = 0
    for frame in frames:
        result = frame.get("result")
        if result is None:  # a kind of frame that is newer than we are
            continue
        results += 1
        text = _text(result)
        size += len(text)
        if size > LARGEST_ANSWER:
            raise broken("answer_too_large", f"{tool} answered with more than {size:,} characters")
        if result.get("isError"):
            raise broken("tool_error", f"{tool} failed there: {plain(text) or 'it says not why'}")
        said.append(text)
        code = (result.get("structuredContent") or {}).get("exitCode", code)
    if not results:
        raise broken("stream_broken", f"the answer to {tool} ended before its result")
    return Executed("".join(said), code)


def _text(result: Mapping[str, Any]) -> str:
    """Return what was printed; where it is not told apart, all texts of the result."""
    printed = (result.get("structuredContent") or {}).get("stdout")
    if isinstance(printed, str) and not result.get("isError"):
        return printed
    texts = [one.get("text") for one in result.get("content") or []]
    return "".join(text for text in texts if isinstance(text, str))
