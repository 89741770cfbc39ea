"""Who wrote a change, and where would it go?"""

from dataclasses import dataclass

PROPOSE = "propose"
WRITE_BRANCH = "write_branch"
OPEN_PULL_REQUEST = "open_pull_request"
MERGE = "merge"
ACTIONS = (PROPOSE, WRITE_BRANCH, OPEN_PULL_REQUEST, MERGE)


@dataclass(frozen=True)
class Origin:
    """Hold what git cannot tell about a change; where nobody said, an unnamed agent wrote it."""

    writer: str = "unnamed"
    engine: str = "unknown"
    is_person: bool = False
    target: str = "unnamed"
    branch: str = "selfimprove/unnamed"
    onto: str = "unnamed"
    risk: str = "unknown"
    recent: int = 1  # changes by the same writer within a day, this one included
    approved: bool = False  # people, or a standing approval, approved exactly this diff
    standing: bool = False  # no person did
    weakening_accepted: bool = False  # and that tests become weaker with it

    @property
    def principal(self) -> str:
        """Name the writer as a policy does; no person's name, since logs keep what is said."""
        return "Person" if self.is_person else f'Agent::"{self.writer}"'


UNNAMED = Origin()
