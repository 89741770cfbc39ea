"""How far is it: as a bar on a terminal, as lines in a pipe?"""

import shutil

from benchmarks.running.telling import BAR, Output
from generations.models import Generation, PhaseRun
from generations.phases import NAMES
from generations.reporting.lines import took


class Progress:
    """Tell of phases: one line for each that ended, and a bar below where a person looks on."""

    def __init__(self, output: Output, *, quiet: bool = False) -> None:
        self._output, self._live, self._quiet = output, output.isatty(), quiet
        self._drawn = ""

    def show(self, generation: Generation, run: PhaseRun | None) -> None:
        """Hear of a phase that ended, or of none: then of what is at work."""
        if self._quiet:
            return
        if run is not None:
            self.say(f"{generation} {phase_in_words(run)}")
        elif self._live:
            self._draw(generation)

    def say(self, words: str) -> None:
        """Write a line that stays."""
        self.clear()
        self._output.write(words)

    def clear(self) -> None:
        """Take the bar away."""
        if self._live and self._drawn:
            self._output.write("\r\x1b[K", ending="")
            self._drawn = ""

    def _draw(self, generation: Generation) -> None:
        done = NAMES.index(generation.phase) if generation.phase in NAMES else 0
        full = BAR * done // len(NAMES)
        bar = f"{'█' * full}{'░' * (BAR - full)} {done}/{len(NAMES)}"
        words = f"{bar} {generation} {generation.phase} {generation.activity}".rstrip()
        words = words[: shutil.get_terminal_size().columns - 1]
        if words != self._drawn:
            self._output.write(f"\r\x1b[K{words}", ending="")
            self._drawn = words


def phase_in_words(run: PhaseRun) -> str:
    """Say how a phase ended."""
    again = f", attempt {run.attempt}" if run.attempt > 1 else ""
    said = str(run.get_result_display()).lower()
    return f"{run.phase}: {said}, {took(run.seconds)}{again}: {run.message}".rstrip(": ")
