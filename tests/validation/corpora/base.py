"""What is changed in the corpora: a small agent system, as a repository holds it."""

from collections.abc import Mapping

Files = Mapping[str, bytes | str | None]

CORE = """\
import json
import logging
import time

import requests

log = logging.getLogger(__name__)
TIMEOUT = 5


def load(path):
    with open(path) as handle:
        return json.load(handle)


def is_allowed(user, action):
    if user.role != "admin":
        return False
    return action in user.actions


def fetch(url, token):
    reply = requests.get(url, headers={"Authorization": token}, timeout=TIMEOUT)
    reply.raise_for_status()
    return reply.json()


def run(task):
    for attempt in range(3):
        try:
            return task()
        except TimeoutError:
            time.sleep(attempt)
    raise TimeoutError
"""

BASE: Mapping[str, str] = {
    "README.md": "# Gateway\n",
    "app/__init__.py": "",
    "app/core.py": CORE,
    "config/agents.yaml": 'agents:\n  helper:\n    tools: [search]\n    model: small\n    temperature: 0.2\n    prompt: "Be kind."\n',
    "config/tools.yaml": "tools:\n  search:\n    timeout_ms: 400\n    retries: 0\n    url: http://127.0.0.1/\n",
    "config/schedule.yaml": 'tasks:\n  nightly:\n    at: "02:00"\n    command: ["python3", "-m", "app.core"]\n',
    "Makefile": "all:\n\techo hi\n",
    "Dockerfile": 'FROM python:3.11-slim\nCOPY . /app\nUSER app\nCMD ["python", "-m", "app"]\n',
    ".github/workflows/ci.yml": "on: [push]\npermissions:\n  contents: read\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: make\n",
    "pyproject.toml": '[project]\nname = "app"\nversion = "1"\ndependencies = ["requests"]\n',
    "requirements.txt": "requests==2.31.0\n",
    "package.json": '{"name":"x","scripts":{"test":"jest"}}\n',
    "tests/test_core.py": 'from app import core\n\n\ndef test_load(tmp_path):\n    p = tmp_path / "a"\n    p.write_text("{}")\n    assert core.load(p) == {}\n',
    "docs/guide.md": "# Guide\n\nText.\n",
    "ops/reload.sh": "#!/bin/sh\nset -e\necho reload\n",
    "prompts/system.md": "You are a helper.\n",
    "sql/001.sql": "CREATE TABLE a (id int);\n",
}


def instead(old: str, new: str) -> Files:
    """Put something in the place of what the code has once."""
    assert CORE.count(old) >= 1
    return {"app/core.py": CORE.replace(old, new, 1)}


def at_top(line: str) -> Files:
    """Put something where it runs when the module is imported."""
    return instead("TIMEOUT = 5\n", f"TIMEOUT = 5\n{line}\n")


def within(code: str) -> Files:
    """Put something into a function that talks to others."""
    lines = "".join(f"    {line}\n" for line in code.split("\n"))
    return instead("    reply.raise_for_status()\n", f"    reply.raise_for_status()\n{lines}")


def more_tests(code: str) -> Files:
    """Put tests behind those that are there."""
    return {"tests/test_core.py": BASE["tests/test_core.py"] + code}
