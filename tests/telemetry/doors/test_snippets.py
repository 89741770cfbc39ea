"""Can each snippet be copied as it stands into the place that its hint names?"""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.utils import timezone

from telemetry.doors import snippets
from telemetry.doors.snippets import PLACEHOLDER, Snippet

HOST = "improve.example"
ADDRESS = f"https://{HOST}"
ALL = {each.key: each for each in snippets.all_for(ADDRESS, "", "gateway", timezone.now())}
SHELL = ("env", "langfuse", "claude-code", "gemini", "curl", "files", "docker")


@pytest.mark.parametrize("snippet", ALL.values(), ids=ALL)
def test_a_snippet_names_this_server_and_a_token_or_neither(snippet: Snippet) -> None:
    needs = bool(snippet.scope)
    assert (HOST in snippet.text, PLACEHOLDER in snippet.text) == (needs, needs)
    assert "{{" not in snippet.text
    assert not snippet.text.endswith("\n")


@pytest.mark.parametrize("key", ["python", "mcp"])
def test_python_can_be_read(key: str) -> None:
    compile(ALL[key].text, key, "exec")
    assert 'Resource.create({"service.name": "my-' in ALL[key].text


@pytest.mark.parametrize("key", SHELL)
def test_a_shell_reads_each_line(key: str) -> None:
    done = subprocess.run(["sh", "-n"], input=ALL[key].text, text=True, check=False)
    assert done.returncode == 0


def test_codex_reads_its_settings() -> None:
    exporter = tomllib.loads(ALL["codex"].text)["otel"]["exporter"]["otlp-http"]
    assert exporter["endpoint"] == f"{ADDRESS}/v1/logs"
    assert exporter["headers"] == {"Authorization": f"Bearer {PLACEHOLDER}"}


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_node_can_read_its_own(tmp_path: Path) -> None:
    text = ALL["node"].text
    path = tmp_path / text.splitlines()[0].removeprefix("// ")
    path.write_text(text)
    done = subprocess.run(["node", "--check", str(path)], capture_output=True, check=False)
    assert (path.suffix, done.returncode) == (".cjs", 0)
