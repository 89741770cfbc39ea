"""Do pacing, logs and reload behave when the gateway runs?"""

# ruff: noqa: PT009 (these tests need unittest and nothing else)

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from gateway.journal import Journal, LogFile, quoted
from gateway.pacing import Pacer

ROOT = Path(__file__).resolve().parent.parent


class Pacing(unittest.TestCase):
    """Check the turns that are handed out."""

    def test_the_first_call_goes_at_once(self) -> None:
        self.assertEqual(Pacer(4).turn(now=1000.0), 0)

    def test_later_calls_wait_for_their_turn(self) -> None:
        pacer = Pacer(4)
        self.assertEqual([pacer.turn(now=1000.0) for _ in range(4)], [0, 250, 500, 750])

    def test_a_pause_is_not_saved_up(self) -> None:
        pacer = Pacer(4)
        pacer.turn(now=0.0)
        self.assertEqual([pacer.turn(now=9000.0) for _ in range(2)], [0, 250])


class Logs(unittest.TestCase):
    """Check what is written and where."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_values_with_blanks_are_quoted(self) -> None:
        self.assertEqual(quoted('say "no"\nnow'), '"say \\"no\\"\\nnow"')
        self.assertEqual((quoted(True), quoted(7), quoted("a-b"), quoted("")),
                         ("true", "7", "a-b", '""'))  # fmt: skip

    def test_writing_goes_on_after_the_folder_was_moved(self) -> None:
        log = LogFile(self.folder / "logs" / "gateway.log")
        self.addCleanup(log.close)
        log.append("one\n")
        (self.folder / "logs").rename(self.folder / "older")
        log.append("two\n")
        self.assertEqual((self.folder / "logs" / "gateway.log").read_text(), "two\n")
        self.assertEqual((self.folder / "older" / "gateway.log").read_text(), "one\n")

    def test_a_full_file_is_moved_and_only_a_few_are_kept(self) -> None:
        log = LogFile(self.folder / "gateway.log", limit=10)
        self.addCleanup(log.close)
        for number in range(8):
            log.append(f"line number {number}\n")
        names = sorted(path.name for path in self.folder.iterdir())
        self.assertEqual(names, ["gateway.log.1", "gateway.log.2", "gateway.log.3"])
        self.assertEqual((self.folder / "gateway.log.1").read_text(), "line number 7\n")

    def test_the_container_log_is_json_with_long_lines_in_parts(self) -> None:
        journal = Journal(self.folder)
        self.addCleanup(journal.close)
        journal.container_line("INFO", "gateway", "x" * 40_000)
        text = (self.folder / "container-json.log").read_text()
        parts = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(len(parts), 3)
        self.assertTrue(parts[-1]["log"].endswith("x\n"))
        self.assertEqual(set(parts[0]), {"log", "stream", "time"})


class Reload(unittest.TestCase):
    """Check the deployment step."""

    def test_without_a_gateway_it_says_so_and_fails(self) -> None:
        impatient = "import ops.reload as r; r.PATIENCE_SECONDS = 0; exit(r.main())"
        run = subprocess.run(
            [sys.executable, "-c", impatient],
            cwd=ROOT,
            env={**os.environ, "GATEWAY_PORT": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
        self.assertEqual(run.returncode, 1)
        self.assertIn("does not run", run.stderr)


if __name__ == "__main__":
    unittest.main()
