"""When may the next call go out? Time as the settings mean it, and our own pacing."""

import threading
import time


class Clock:
    """Measure and wait in milliseconds of the settings; a scale above one makes them shorter."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def now(self) -> float:
        """Tell the milliseconds since some fixed moment."""
        return time.monotonic() * 1000 * self.scale

    def seconds(self, milliseconds: float) -> float:
        """Tell how many real seconds these milliseconds last."""
        return milliseconds / 1000 / self.scale

    def wait(self, milliseconds: float) -> None:
        """Let these milliseconds pass."""
        if milliseconds > 0:
            time.sleep(self.seconds(milliseconds))


class Pacer:
    """Hand out turns so that no more than a number of calls starts per second."""

    def __init__(self, calls_per_second: int) -> None:
        self.calls_per_second = calls_per_second
        self._next = 0.0
        self._lock = threading.Lock()

    def turn(self, now: float) -> float:
        """Take the next turn and tell how many milliseconds to wait for it."""
        with self._lock:
            start = max(now, self._next)
            self._next = start + 1000 / self.calls_per_second
            return start - now
