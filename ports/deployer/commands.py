"""How is a system on this host deployed: its checkout moves, then its own commands run?"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ports.deployer import Outcome, Step, StepResult, TemporaryError
from ports.deployer.checkout import Checkout
from ports.deployer.left_running import NOTE, Note
from ports.deployer.processes import Hear, run
from ports.git import GitFailed
from ports.git_access import Access


class CommandDeployer:
    """Moves a deployed checkout to a commit and runs the target's steps in it."""

    def __init__(
        self,
        checkout: Path,
        origin: str | Path,
        access: Access | None = None,
        *,
        longest: float = 3600.0,
        hear: Hear = lambda text: None,
    ) -> None:
        self.checkout = Checkout(checkout, str(origin), access)
        self.folder = self.checkout.folder
        self.longest = longest
        self.hear = hear
        self.note = Note(self.checkout.git_dir / NOTE)

    def deploy(
        self, commit: str, steps: Sequence[Step], changed_paths: Sequence[str]
    ) -> tuple[StepResult, ...]:
        """Move to the commit, run the steps that the changed paths call for, tell each outcome.

        A step after a failed one is skipped: it may build on what the failed one should have done.
        """
        try:
            with self.checkout.locked():
                self.note.settle()
                self.checkout.move_to(commit)
                return self._run(steps, changed_paths)
        except (GitFailed, OSError) as error:
            raise TemporaryError(f"{self.checkout.folder}: {error}") from error

    def _run(self, steps: Sequence[Step], changed_paths: Sequence[str]) -> tuple[StepResult, ...]:
        results: list[StepResult] = []
        failed = ""
        for step in steps:
            told = "".join(
                f"$ {one.name}: {one.outcome.lower()}\n{one.output}\n" for one in results
            )
            result = self._result(step, changed_paths, failed, told)
            results.append(result)
            if result.outcome in (Outcome.FAILED, Outcome.TIMED_OUT):
                failed = step.name
        return tuple(results)

    def _result(
        self, step: Step, changed_paths: Sequence[str], failed: str, told: str
    ) -> StepResult:
        command = tuple(step.command)
        if not any(matches(pattern, path) for pattern in step.paths for path in changed_paths):
            return StepResult(
                step.name, command, Outcome.SKIPPED, output="no changed path matches"
            )
        if failed:
            return StepResult(
                step.name, command, Outcome.SKIPPED, output=f"{failed} failed before"
            )
        return run(
            step.name,
            command,
            self.folder,
            min(step.timeout_seconds, self.longest),
            note=self.note,
            hear=lambda text: self.hear(f"{told}$ {step.name}: running\n{text}"),
        )


def matches(pattern: str, path: str) -> bool:
    """Tell whether a path fits a pattern: `*` stays within a folder, `**` crosses folders."""
    return bool(_compiled(pattern).fullmatch(path))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts), re.DOTALL)
