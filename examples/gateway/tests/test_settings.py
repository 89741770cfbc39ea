"""Are the settings in this repository sound, and are unsound ones refused?"""

# ruff: noqa: PT009, PT027 (these tests need unittest and nothing else)

import shutil
import tempfile
import unittest
from pathlib import Path

from gateway import settings, strict_yaml

CONFIG = Path(__file__).resolve().parent.parent / "config"


class OurSettings(unittest.TestCase):
    """Check what is deployed."""

    def test_they_load(self) -> None:
        loaded = settings.load(CONFIG)
        self.assertIn("web_search", loaded.tools)
        self.assertIn("nightly_digest", loaded.tasks)

    def test_every_tool_is_used_by_an_agent(self) -> None:
        loaded = settings.load(CONFIG)
        used = {tool for agent in loaded.agents.values() for tool in agent.calls}
        self.assertEqual(used, set(loaded.tools))

    def test_a_task_has_time_for_all_its_tries(self) -> None:
        for task in settings.load(CONFIG).tasks.values():
            pauses = task.retries * task.retry_delay_ms
            self.assertLess(pauses, task.every_ms, task.name)


class RefusedSettings(unittest.TestCase):
    """Check that a typing error does not become a setting."""

    def refused(self, file: str, old: str, new: str) -> str:
        """Load a copy with one change; return the refusal."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copytree(CONFIG, Path(folder) / "config"))
            text = (copy / file).read_text(encoding="utf-8")
            self.assertIn(old, text)
            (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
            with self.assertRaises(settings.BadSettings) as caught:
                settings.load(copy)
        return str(caught.exception)

    def test_out_of_bounds(self) -> None:
        self.assertIn("timeout_ms", self.refused("tools.yaml", "timeout_ms: ", "timeout_ms: 9999"))

    def test_not_a_number(self) -> None:
        self.assertIn("retries", self.refused("tools.yaml", "retries: ", "retries: many-"))

    def test_unknown_name(self) -> None:
        self.assertIn("time_out_ms", self.refused("tools.yaml", " timeout_ms:", " time_out_ms:"))

    def test_unknown_kind(self) -> None:
        self.assertIn("kind", self.refused("tools.yaml", "kind: http", "kind: carrier-pigeon"))

    def test_agent_with_unknown_tool(self) -> None:
        self.assertIn("sorcery", self.refused("agents.yaml", "web_search:", "sorcery:"))


class StrictYaml(unittest.TestCase):
    """Check the reader of settings files."""

    def test_reads_mappings_lists_and_values(self) -> None:
        text = (
            '---\n# top\na:\n  b: 1  # one\n  c: "x # y"\nd:\n  - true\n  - -5\ne: plain words\n'
        )
        wanted = {"a": {"b": 1, "c": "x # y"}, "d": [True, -5], "e": "plain words"}
        self.assertEqual(strict_yaml.read(text), wanted)

    def test_an_empty_document_is_an_empty_mapping(self) -> None:
        self.assertEqual(strict_yaml.read("---\n# nothing\n"), {})

    def test_refuses_what_it_does_not_know(self) -> None:
        for text in (
            "a: 1\na: 2", "a:\n   b: 1", "a:\n\tb: 1", "a:", "a: [1]", "a: {b: 1}", "a: &x 1",
            "a: |", "a:1", "a:\n  - b: 1", "  a: 1", 'a: "x', "a: b: c", "a:\n      b: 1", "- 1",
        ):  # fmt: skip
            with self.subTest(text=text), self.assertRaises(strict_yaml.NotOurYaml):
                strict_yaml.read(text)

    def test_tells_the_line(self) -> None:
        with self.assertRaises(strict_yaml.NotOurYaml) as caught:
            strict_yaml.read("a: 1\nb: 2\nb: 3\n")
        self.assertEqual(caught.exception.line, 3)


if __name__ == "__main__":
    unittest.main()
