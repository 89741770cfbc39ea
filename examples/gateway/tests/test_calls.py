"""Is a tool tried as often and as long as the settings say, with one outcome in the log?"""

# ruff: noqa: PT009, PT027 (these tests need unittest and nothing else)

import unittest
from pathlib import Path
from typing import Any

from gateway.auth import NotAllowed
from gateway.calls import Call, Caller
from gateway.outgoing import CallFailed
from gateway.scheduler import Scheduler

from tests.fakes import Reply, with_caller

CALL = Call("planner", "search", "s-1", "use", {})


class Calls(unittest.TestCase):
    """Call a tool against a small upstream."""

    def outcome(self, *replies: Reply, **changes: Any) -> tuple[str, int, str]:
        """Call once; return the error code or ok, the tries made, and the log."""
        seen = []

        def use(caller: Caller, logs: Path) -> None:
            try:
                caller.call(CALL)
                seen.append("ok")
            except CallFailed as error:
                seen.append(error.code)
            seen.append((logs / "gateway.log").read_text(encoding="utf-8"))

        tries = with_caller(replies, changes, use)
        return seen[0], tries, seen[1]

    def test_an_answer_in_time_is_a_success(self) -> None:
        result, tries, log = self.outcome((200, 0))
        self.assertEqual((result, tries), ("ok", 1))
        self.assertIn("success=true", log)

    def test_an_answer_too_late_is_a_timeout(self) -> None:
        result, _, log = self.outcome((200, 0.3), timeout_ms=60)
        self.assertEqual(result, "timeout")
        self.assertIn("error_code=timeout", log)

    def test_without_retries_one_failure_is_final(self) -> None:
        self.assertEqual(self.outcome((500, 0), (200, 0))[:2], ("upstream_error", 1))

    def test_a_retry_can_succeed(self) -> None:
        self.assertEqual(self.outcome((500, 0), (200, 0), retries=1)[:2], ("ok", 2))

    def test_too_many_calls_are_told_as_such(self) -> None:
        self.assertEqual(self.outcome((429, 0), retries=2)[:2], ("rate_limited", 3))

    def test_a_closed_connection_is_told_as_such(self) -> None:
        self.assertEqual(self.outcome((0, 0))[0], "connection")

    def test_each_call_leaves_one_outcome(self) -> None:
        log = self.outcome((500, 0), (500, 0), (200, 0), retries=3)[2]
        self.assertEqual(log.count("Tool execution"), 1)

    def test_an_agent_calls_only_what_it_was_given(self) -> None:
        def use(caller: Caller, logs: Path) -> None:
            with self.assertRaises(NotAllowed):
                caller.call(Call("stranger", "search", "s-1", "use", {}))

        self.assertEqual(with_caller(((200, 0),), {}, use), 0)


class Tasks(unittest.TestCase):
    """Run a task against a small upstream."""

    def run_task(self, retries: int) -> str:
        """Run a task whose first try fails; return the container's log."""
        seen = []

        def use(caller: Caller, logs: Path) -> None:
            Scheduler(caller).run_once(caller.settings.tasks["digest"])
            seen.append((logs / "container-json.log").read_text(encoding="utf-8"))

        with_caller(((0, 0), (200, 0)), {"retries": retries}, use)
        return seen[0]

    def test_a_task_without_retries_fails_with_its_first_try(self) -> None:
        self.assertIn("Task failed task=digest", self.run_task(retries=0))

    def test_a_task_with_a_retry_completes(self) -> None:
        log = self.run_task(retries=1)
        self.assertIn("Task completed task=digest", log)
        self.assertNotIn("Task failed", log)


if __name__ == "__main__":
    unittest.main()
