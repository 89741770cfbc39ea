"""How does a target's code run with a view of nothing that is ours, by bubblewrap's namespaces?"""

import contextlib
import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from ports import temporary
from ports.sandbox import (
    Bounds,
    Ending,
    Heard,
    Job,
    Level,
    PermanentError,
    Ran,
    Standing,
    Stopped,
    TemporaryError,
    diagnosis,
    launch,
    syscalls,
    view,
    watch,
)
from ports.sandbox.streams import Ends, Process, Start, follow, pipe
from ports.sandbox.watch import Excess

KILLED_WITHIN = 10.0
TRIAL = Bounds(seconds=20)


@dataclass(frozen=True)
class Bubblewrap:
    """Run in namespaces, on a copy in memory; nothing below the lowest level runs at all."""

    lowest_level: str = Level.L3
    hidden: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a level that this adapter cannot be held to."""
        if self.lowest_level not in (Level.L2, Level.L3):
            raise ValueError(f"lowest_level is L2 or L3, not {self.lowest_level!r}")

    def run(self, job: Job, *, heard: Heard | None = None, stopped: Stopped | None = None) -> Ran:
        """Run to the end; raise PermanentError where no sandbox of the level can be had."""
        if self.level() < self.lowest_level:
            raise PermanentError(f"no sandbox: {diagnosis.NO_FILTER.missing} {diagnosis.ASK}")
        if (job.tree / ".git").exists():
            raise PermanentError(f"{job.tree} has a .git: give a plain copy of the files")
        return self._run(job, heard, stopped)

    def examine(self) -> Standing:
        """Start something harmless and say what holds."""
        with temporary.folder("sandbox") as folder:
            try:
                self._run(Job(command=("true",), tree=folder, bounds=TRIAL), None, None)
            except (PermanentError, TemporaryError) as error:
                found = diagnosis.of(str(error))
                return Standing(Level.L0, enough=False, missing=found.missing, remedy=found.remedy)
        level = self.level()
        if level == Level.L3:
            return Standing(level, enough=True)
        enough = level >= self.lowest_level
        return Standing(level, enough, diagnosis.NO_FILTER.missing, diagnosis.NO_FILTER.remedy)

    @staticmethod
    def level() -> Level:
        """Return the level that this machine's libraries allow."""
        return Level.L3 if syscalls.program() else Level.L2

    def _run(self, job: Job, heard: Heard | None, stopped: Stopped | None) -> Ran:
        program = shutil.which("bwrap")
        if program is None:
            raise PermanentError(f"no sandbox: {diagnosis.NOT_INSTALLED.missing} {diagnosis.ASK}")
        run = _Run(job, heard, stopped)
        with (
            pipe() as (marks, marking),
            pipe() as (output, saying),
            pipe() as (results, writing),
            launch.prepared(
                job, hidden=self.hidden, program=syscalls.program(), status=marking.number
            ) as start,
        ):
            process = subprocess.Popen(
                [program, *start.arguments],
                stdin=marking.number,
                stdout=saying.number,
                stderr=writing.number,
                pass_fds=start.descriptors,
                env={"PATH": os.defpath},
            )
            for end in (marking, saying, writing):
                end.close()
            run.see_through(process, marks, output, results)
        return run.told(self.level())


@dataclass
class _Run:
    """Follow one run from its start to the end of its last process."""

    job: Job
    heard: Heard | None
    stopped: Stopped | None
    marks: launch.Marks = field(default_factory=launch.Marks)
    began: float = field(default_factory=time.monotonic)
    excess: Excess | None = None
    trouble: Exception | None = None
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    watched: watch.Watch | None = None
    code: int | None = None
    first: int | None = None  # a hold on the first process within: with it all others end

    def __post_init__(self) -> None:
        self.output = Ends(self.job.bounds.output)
        self.results = Start(self.job.bounds.results)

    def see_through(self, process: Process, marks: int, output: int, results: int) -> None:
        """Follow it; whatever happens here, nothing of it is left afterwards."""
        sinks = {marks: self._mark, output: self._say, results: self.results.add}
        try:
            with self.stack:
                follow(process, sinks, tick=self._is_over)
                self._end(process)
        finally:
            self._end(process)
        if self.trouble:
            raise self.trouble
        follow(process, sinks, tick=lambda: False)  # what its pipes still hold

    def told(self, level: Level) -> Ran:
        """Say how it ended; raise PermanentError when bubblewrap itself could not."""
        ending, why = self._ending()
        return Ran(
            ended=ending,
            level=level,
            code=self.code if ending == Ending.DONE else None,
            output=self.output.text(),
            results=bytes(self.results.kept) if self.job.results else b"",
            why=why,
            violations=self._violations(),
            seconds=time.monotonic() - self.began,
            tree=view.TREE,
            home=view.HOME,
        )

    def _ending(self) -> tuple[Ending, str]:
        if self.excess:
            return self.excess.ending, self.excess.words
        words = self.marks.words
        if "copy" in words:
            disk = self.job.bounds.disk
            why = f"the files could not be copied into a memory of {disk} bytes"
            return Ending.NOT_STARTED, f"{why}: {self.output.text().strip()[-300:]}"
        if "missing" in words:
            return Ending.NOT_STARTED, f"there is no program {self.job.command[0]} in the sandbox"
        if "started" not in words:
            said = self.results.kept.decode("utf-8", "replace") + self.output.text()
            raise PermanentError(diagnosis.refused(said.strip()))
        # The mark says that the command has an exit code, bubblewrap's own end which: a mark could
        # come from within, where the first process holds our pipe.
        if self.marks.number("exit-code") is None or self.code is None or self.code < 0:
            return Ending.LOST, "bubblewrap was ended before it could report"
        return Ending.DONE, ""

    def _violations(self) -> tuple[str, ...]:
        found = [self.excess.words] if self.excess else []
        if self.job.results and self.results.cut:
            found.append(f"more than {self.results.most} bytes of results")
        return tuple(found)

    def _mark(self, piece: bytes) -> None:
        self.marks.add(piece)
        child = self.marks.number("child-pid")
        if self.first is None and child is not None:
            with contextlib.suppress(ProcessLookupError):
                self.first = os.pidfd_open(child)
        if self.watched is None and child is not None and "started" in self.marks.words:
            with contextlib.suppress(OSError):  # it has ended already
                self.watched = self.stack.enter_context(watch.watching(child, self.job.bounds))

    def _say(self, piece: bytes) -> None:
        self.output.add(piece)
        if self.heard:
            self.heard(piece)

    def _is_over(self) -> bool:
        if time.monotonic() - self.began > self.job.bounds.seconds:
            seconds = f"{self.job.bounds.seconds:g} s"
            self.excess = Excess(Ending.TIMED_OUT, f"longer than {seconds}")
        elif self.stopped and self.stopped():
            self.excess = Excess(Ending.STOPPED, "stopped on request")
        elif self.watched:
            try:
                self.excess = self.watched.excess()
            except TemporaryError as error:
                self.trouble = error
        return bool(self.excess or self.trouble)

    def _end(self, process: Process) -> None:
        """Kill what is left of it and wait until the kernel has taken the last process away."""
        process.kill()
        self.code = process.wait()
        if self.first is None:
            return
        first, self.first = self.first, None
        try:
            with contextlib.suppress(ProcessLookupError):
                _kill(first)
            gone = select.poll()
            gone.register(first, select.POLLIN)
            if not gone.poll(KILLED_WITHIN * 1000):
                raise TemporaryError("a process of the run cannot be ended: the kernel holds it")
        finally:
            os.close(first)


def _kill(process: int) -> None:
    import signal

    signal.pidfd_send_signal(process, signal.SIGKILL)
