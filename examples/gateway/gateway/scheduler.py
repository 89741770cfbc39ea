"""What runs by the clock, and how did it end?"""

import itertools
import json
import random
import threading

from gateway.calls import Caller
from gateway.outgoing import CallFailed
from gateway.settings import Task


class Scheduler:
    """Run each task of the schedule when it is due."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._due: dict[str, float] = {}
        self._numbers = itertools.count(1)

    def run(self, stop: threading.Event) -> None:
        """Start due tasks until told to stop; the schedule in force is read anew each round."""
        while not stop.wait(0.02):
            for task in self.caller.settings.tasks.values():
                if self._is_due(task):
                    threading.Thread(target=self.run_once, args=(task,), daemon=True).start()

    def _is_due(self, task: Task) -> bool:
        now = self.caller.clock.now()
        if now < self._due.setdefault(task.name, now + task.every_ms * random.random()):
            return False
        self._due[task.name] = now + task.every_ms
        return True

    def run_once(self, task: Task) -> bool:
        """Run a task with its retries and log the one outcome."""
        session = f"s-t{next(self._numbers)}"
        start = self.caller.clock.now()
        self._note("INFO", "Task started", task=task.name, session=session)
        for tries in range(task.retries + 1):
            try:
                self.caller.send(task.name, task.upstream, session, task.timeout_ms)
            except CallFailed as error:
                failure = error
            else:
                took = round(self.caller.clock.now() - start)
                self._note(
                    "INFO", "Task completed", task=task.name, session=session,
                    duration_ms=took, retry_count=tries,
                )  # fmt: skip
                self._chatter(task)
                return True
            if tries < task.retries:
                self.caller.clock.wait(task.retry_delay_ms)
        self._note(
            "ERROR", "Task failed", task=task.name, session=session,
            error_category=failure.code, retry_count=task.retries, final_status="failed",
            error=str(failure),
        )  # fmt: skip
        return False

    def _note(self, level: str, message: str, **fields: object) -> None:
        self.caller.journal.container_line(level, "gateway.schedule", message, **fields)

    def _chatter(self, task: Task) -> None:
        if task.name == "cache_warmup" and random.random() < 0.2:
            entries = json.dumps({f"entry-{n}": "warm" for n in range(1200)})
            self.caller.journal.container_line("DEBUG", "gateway.cache", "dump " + entries)
