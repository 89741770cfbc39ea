"""How does a test have a code interpreter that really runs what it is given?"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ports.agentcore.interpreter import CodeInterpreter
from ports.agentcore.options import AgentCore
from ports.agentcore.standin.answers import Account
from ports.llm.standin.server import StandIn, serving
from ports.llm.standin.steps import Step


@dataclass
class Machine:
    """Run the tools of each session in a folder of its own, until the session is ended."""

    folders: dict[str, Path] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)

    def use(
        self, session: str, tool: str, arguments: Mapping[str, Any]
    ) -> Iterable[Mapping[str, Any]]:
        """Do what a tool is for."""
        if session not in self.folders:
            self.folders[session] = Path(tempfile.mkdtemp(prefix="session-"))
        folder = self.folders[session]
        if tool == "writeFiles":
            for one in arguments["content"]:
                (folder / one["path"]).write_bytes(one["blob"])
            return [{"content": [{"type": "text", "text": "written"}]}]
        assert tool == "executeCommand", tool
        return [self._execute(session, folder, arguments["command"])]

    def _execute(self, session: str, folder: Path, command: str) -> Mapping[str, Any]:
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={"PATH": os.environ["PATH"]},
        )
        self.running[session] = process
        self.begun.set()
        output, errors = process.communicate()
        told = {"stdout": output.decode(), "stderr": errors.decode(), "executionTime": 0.1}
        return {
            "content": [{"type": "text", "text": output.decode() + errors.decode()}],
            "structuredContent": {**told, "exitCode": process.returncode},
            "isError": False,
        }

    def end(self, session: str) -> None:
        """End what runs in a session, as the service ends its machine."""
        self.ended.append(session)
        process = self.running.get(session)
        if process and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        shutil.rmtree(self.folders.pop(session, Path("/nowhere")), ignore_errors=True)


@dataclass(frozen=True)
class There:
    """Hold a code interpreter on this machine, its server and what runs in it."""

    interpreter: CodeInterpreter
    played: StandIn
    machine: Machine

    @property
    def tools(self) -> list[str]:
        """Name what was asked for, in order."""
        return [str(one.body.get("name", one.path.split("/")[-1])) for one in self.played.asked]


@contextmanager
def there(*services: Step, **chosen: Any) -> Iterator[There]:
    """Serve a code interpreter that works, after these steps."""
    machine = Machine()
    account = Account(running=machine.use, ending=machine.end)
    with serving(services=services, account=account) as played:
        options = AgentCore(**{"enabled": True, "address": played.address, **chosen})
        yield There(CodeInterpreter(options), played, machine)
    for session in list(machine.folders):
        machine.end(session)
