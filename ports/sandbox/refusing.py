"""What stands in where no code of a target may run at all?"""

from dataclasses import dataclass

from ports.sandbox import Heard, Job, Level, PermanentError, Ran, Standing, Stopped

WHY = "the configuration lets no code of a target run (sandbox.backend)"


@dataclass(frozen=True)
class Refusing:
    """Run nothing."""

    def run(self, job: Job, *, heard: Heard | None = None, stopped: Stopped | None = None) -> Ran:
        """Refuse."""
        raise PermanentError(WHY)

    def examine(self) -> Standing:
        """Say so."""
        remedy = "Choose ports.sandbox.bubblewrap.Bubblewrap to let tests of targets run."
        return Standing(
            Level.L0, enough=False, missing=f"{WHY[0].upper()}{WHY[1:]}.", remedy=remedy
        )
