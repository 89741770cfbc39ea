"""How does a job run in AgentCore's code interpreter, and here where that does not work?"""

import secrets
import threading
import time
from dataclasses import dataclass, field, replace

from ports.agentcore import Failed, Interpreter, State
from ports.sandbox import (
    Ending,
    Heard,
    Job,
    Level,
    PermanentError,
    Ran,
    Sandbox,
    Standing,
    Stopped,
)
from ports.sandbox.away.packing import COMMAND, NotTold, Parcel, Unfit, packed, read

AWAY = "agentcore"
TICK = 0.05
LONGER = 120  # seconds that a session outlives its job, should nobody end it
PATIENCE = 60.0  # seconds for opening, sending and closing, beside the job's own
FAREWELL = 5.0


@dataclass(frozen=True)
class AgentCore:
    """Run there, and the same job in the local sandbox where it cannot be; the result says which.

    The tree and what is given are sent, nothing else. There no disk is bounded and all output is
    heard at the end.
    """

    interpreter: Interpreter
    local: Sandbox

    def run(self, job: Job, *, heard: Heard | None = None, stopped: Stopped | None = None) -> Ran:
        """Run to the end; raise what the local sandbox raises."""
        if (job.tree / ".git").exists():
            raise PermanentError(f"{job.tree} has a .git: give a plain copy of the files")
        try:
            ran = self._away(job, stopped)
        except (Failed, Unfit, NotTold) as reason:
            words = reason.told if isinstance(reason, Failed) else str(reason)
            ran = self.local.run(job, heard=heard, stopped=stopped)
            return replace(ran, instead_because=words)
        if heard and ran.output:
            heard(ran.output.encode())
        return ran

    def examine(self) -> Standing:
        """Say what holds where a job cannot be sent away: it may have to run here."""
        return self.local.examine()

    def _away(self, job: Job, stopped: Stopped | None) -> Ran:
        conversation = _Conversation(self.interpreter, job, packed(job, secrets.token_hex(16)))
        thread = threading.Thread(target=conversation.hold, daemon=True, name="agentcore")
        began = time.monotonic()
        thread.start()
        while thread.is_alive():
            thread.join(TICK)
            late = time.monotonic() - began > job.bounds.seconds + PATIENCE
            if late or (stopped and stopped()):
                conversation.break_off()
                thread.join(FAREWELL)
                if late:
                    raise Failed(State.UNREACHABLE, "deadline", "AgentCore took too long")
                return _stopped(time.monotonic() - began)
        return replace(conversation.told(), where=AWAY)


@dataclass
class _Conversation:
    """Hold one session from its start to its end, in a thread of its own."""

    interpreter: Interpreter
    job: Job
    parcel: Parcel
    session: str = ""
    unwanted: bool = False
    closed: bool = False
    output: str = ""
    trouble: BaseException | None = None
    unended: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self) -> None:
        """Open a session, run the job in it, and end it whatever happens."""
        try:
            self._open()
            try:
                self.interpreter.write(self.session, self.parcel.files)
                executed = self.interpreter.execute(
                    self.session, COMMAND, seconds=self.job.bounds.seconds
                )
                self.output = executed.output
            finally:
                self._close()
        except BaseException as error:  # noqa: BLE001 - told in the thread that waits
            self.trouble = error

    def break_off(self) -> None:
        """End the session while it is in use; one that is only opening ends itself."""
        with self.lock:
            self.unwanted = True
            open_already = bool(self.session)
        if open_already:
            self._close()

    def told(self) -> Ran:
        """Return how the job ended; raise what went wrong."""
        if self.trouble:
            raise self.trouble
        ran = read(self.parcel, self.output, self.job)
        return replace(ran, why="; ".join(word for word in (ran.why, self.unended) if word))

    def _open(self) -> None:
        session = self.interpreter.start(int(self.job.bounds.seconds) + LONGER)
        with self.lock:
            self.session = session
        if self.unwanted:
            self._close()
            raise Failed(State.ERROR, "stopped", "nobody waits for it any more")

    def _close(self) -> None:
        with self.lock:
            already, self.closed = self.closed, True
        if already:
            return
        try:
            self.interpreter.stop(self.session)
        except Failed as reason:
            self.unended = (
                f"its session could not be ended ({reason.told}): it ends by itself within"
                f" {int(self.job.bounds.seconds) + LONGER} s"
            )


def _stopped(seconds: float) -> Ran:
    return Ran(
        ended=Ending.STOPPED,
        level=Level.L2,
        why="stopped on request",
        seconds=seconds,
        where=AWAY,
    )
