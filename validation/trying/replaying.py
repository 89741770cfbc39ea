"""Does a recorded case fail again, or does it go well this time?"""

from enum import StrEnum
from pathlib import Path

from ports.sandbox import Bounds, Ending, Given, Job, Level, Ran
from targets.manifest import CASE, Replay
from validation.trying import sandboxed
from validation.trying.cases import Case
from validation.verdicts import Context

# What a replay hook ends with; anything else means that the hook itself did not work.
WENT_WELL, FAILED_AGAIN, CANNOT_REPLAY = 0, 3, 77
FILE = "case.json"


class Came(StrEnum):
    """Say what came of replaying a case once."""

    WELL = "goes well"
    FAILED = "fails"
    CANNOT = "cannot be replayed"
    BROKE = "broke"


_MEANS: dict[int | None, Came] = {
    WENT_WELL: Came.WELL,
    FAILED_AGAIN: Came.FAILED,
    CANNOT_REPLAY: Came.CANNOT,
}


class Replayer:
    """Replay cases on one tree."""

    def __init__(self, hook: Replay, folder: Path, seconds: float, context: Context) -> None:
        """Take the hook, as the base names it, and the copy that it runs on."""
        self.context = context
        self.hook = hook
        self.folder = folder
        self.bounds = Bounds(seconds=min(hook.timeout_seconds, seconds))
        self.level: Level | None = None
        self.said = ""

    def replay(self, case: Case) -> Came:
        """Replay a case; `said` then holds how the hook ended, should it have broken."""
        ran = sandboxed.run(
            Job(
                command=tuple(Given(FILE) if word == CASE else word for word in self.hook.command),
                tree=self.folder,
                bounds=self.bounds,
                given={FILE: case.content},
            ),
            self.context,
        )
        self.level = ran.level
        self.said = _said(ran)
        return _MEANS.get(ran.code, Came.BROKE) if ran.ended == Ending.DONE else Came.BROKE


def _said(ran: Ran) -> str:
    lines = ran.output.replace(f"{ran.tree}/", "").strip().splitlines()
    how = f"exit code {ran.code}" if ran.ended == Ending.DONE else str(ran.ended)
    return f"{how}: {lines[-1][:300]}" if lines else how
