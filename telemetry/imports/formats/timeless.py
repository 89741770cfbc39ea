"""When was something that a file tells without times?"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

STEP = 1.0  # seconds that a step takes at least


def moments(ended: datetime, seconds: Sequence[float]) -> Iterator[datetime]:
    """Yield the end of each step; the last one ended when the file was written."""
    lasted = [max(STEP, each) if each < 1e6 else STEP for each in seconds]
    at = ended - timedelta(seconds=sum(lasted))
    for each in lasted:
        at += timedelta(seconds=each)
        yield at
