"""What do agents' logs look like, harmless and with planted secrets? Made anew from a seed.

Nothing here is copied from a log: sentences come from the standard library's own sources and
documentation and from this repository's history, the rest is written by a generator.
"""

import base64
import json
import random
import string
import subprocess
import sysconfig
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from telemetry.sanitizer.rules import ISSUER_RULES
from telemetry.sanitizer.ruleset import filled

ROOT = Path(__file__).parents[2]
TOOLS = [
    "web_search",
    "read_file",
    "run_tests",
    "fetch_url",
    "send_mail",
    "query_db",
    "list_issues",
]
CODES = ["timeout", "rate_limited", "not_found", "bad_input", "auth", "dependency_down", "crash"]
SIGNS = string.ascii_letters + string.digits
_Chance = random.Random


def harmless(chance: _Chance, size: int) -> list[str]:
    """Return messages without secrets, some 380 bytes long, of `size` bytes together."""
    prose, code, history = _prose(), _code(), _history()
    kinds: tuple[Callable[[], str], ...] = (
        lambda: _json_line(chance, _some(chance, prose, 2)),
        lambda: _json_line(chance, _some(chance, prose, 3)),
        lambda: _call(chance, _some(chance, prose, 2)),
        lambda: _traceback(chance, code),
        lambda: "\n".join(_access(chance) for _ in range(3)),
        lambda: _some(chance, prose, 5),
        lambda: _some(chance, history, 6),
        lambda: _some(chance, code, 8),
    )
    messages: list[str] = []
    length = 0
    while length < size:
        messages.append(chance.choice(kinds)())
        length += len(messages[-1].encode())
    return messages


def _some(chance: _Chance, lines: list[str], count: int) -> str:
    start = chance.randrange(max(1, len(lines) - count))
    return "\n".join(lines[start : start + count])


def _sources() -> Iterator[str]:
    folder = Path(sysconfig.get_paths()["stdlib"])
    for name in ("asyncio", "json", "http", "email", "logging", "unittest", "sqlite3"):
        for path in sorted((folder / name).glob("*.py")):
            yield path.read_text("utf-8")


def _code() -> list[str]:
    return [line for text in _sources() for line in text.splitlines() if len(line) > 20]


def _prose() -> list[str]:
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    lines = [line for path in documents for line in path.read_text("utf-8").splitlines()]
    comments = [line.strip(" #") for line in _code() if line.strip().startswith("#")]
    return [line for line in [*lines, *comments] if len(line) > 30]


def _history() -> list[str]:
    command = ["git", "-C", str(ROOT), "log", "--format=commit %H%n%ci %s", "--stat", "-n", "200"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if line] or ["no history here"]


def _stamp(chance: _Chance) -> str:
    day, hour, minute = chance.randint(1, 28), chance.randint(0, 23), chance.randint(0, 59)
    return f"2026-03-{day:02}T{hour:02}:{minute:02}:{chance.random() * 60:06.3f}Z"


def _id(chance: _Chance) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _json_line(chance: _Chance, message: str) -> str:
    entry = {
        "ts": _stamp(chance),
        "level": chance.choice(["info", "warning", "error"]),
        "agent": f"planner-{chance.randint(1, 9)}",
        "session_id": _id(chance),
        "trace_id": f"{chance.getrandbits(128):032x}",
        "tool": chance.choice(TOOLS),
        "latency_ms": round(chance.random() * 900, 2),
        "prompt_tokens": chance.randint(10, 4000),
        "message": message,
    }
    return json.dumps(entry)


def _call(chance: _Chance, message: str) -> str:
    return (
        f"{_stamp(chance)} INFO agent.tools Tool execution tool={chance.choice(TOOLS)}"
        f" agent=worker session=s-{chance.randint(1, 99)} call=c-{chance.randint(1, 9999)}"
        f" success=false latency_ms={chance.randint(5, 900)} error_code={chance.choice(CODES)}"
        f" version=v{chance.randint(1, 9)}.{chance.randint(0, 20)}.3 error={json.dumps(message)}"
    )


def _traceback(chance: _Chance, code: list[str]) -> str:
    lines = ["Traceback (most recent call last):"]
    for _ in range(chance.randint(2, 4)):
        where = f"/srv/app/agents/{chance.choice(TOOLS)}.py"
        lines.append(f'  File "{where}", line {chance.randint(5, 400)}, in run')
        lines.append(f"    {chance.choice(code).strip()[:90]}")
    return "\n".join([*lines, f"TimeoutError: {chance.choice(TOOLS)} gave no answer in 30 s"])


def _access(chance: _Chance) -> str:
    address = ".".join(str(chance.randint(1, 254)) for _ in range(4))
    place = f"/api/v1/{chance.choice(TOOLS)}/{_id(chance)}?page={chance.randint(1, 40)}"
    status, size = chance.choice([200, 204, 404, 500]), chance.randint(20, 90_000)
    when = f"02/Mar/2026:10:11:{chance.randint(10, 59)} +0000"
    return f'{address} - - [{when}] "GET {place} HTTP/1.1" {status} {size} "-" "agent/2.{size}"'


@dataclass(frozen=True, slots=True)
class Planted:
    """A message that carries a secret."""

    text: str
    secret: str
    kind: str
    encoding: str


def _password(chance: _Chance) -> str:
    middle = "".join(chance.choices(SIGNS + "!#$%*+-", k=chance.randint(8, 16)))
    return chance.choice(SIGNS) + middle + chance.choice(string.digits)


NAMES = [
    "password",
    "db_password",
    "DB_PASS",
    "passwd",
    "api_key",
    "apiKey",
    "API_TOKEN",
    "client_secret",
]
NAMES += ["client_secret", "access_token", "auth_token", "secret", "secret_key", "private_key"]

CARRIERS: dict[str, Callable[[str, str], str]] = {
    "assignment": lambda n, s: f"login failed {n}={s} for bob",
    "quoted": lambda n, s: f"connect(host='db', {n}='{s}', port=5432)",
    "json": lambda n, s: json.dumps({"user": "bob", n: s, "n": 1}),
    "yaml": lambda n, s: f"database:\n  {n}: {s}\n  port: 5432",
    "environment": lambda n, s: f"export {n.upper()}={s}\nexport DEBUG=1",
    "header": lambda n, s: f"> Authorization: Bearer {s}\n> Accept: */*",
    "option": lambda n, s: f"+ tool --{n.lower().replace('_', '-')} {s} --verbose",
    "query": lambda n, s: f"GET https://api.example.com/v1/x?{n}={quote(s, safe='')}&page=2 500",
    "pair": lambda n, s: json.dumps({"name": n.upper(), "value": s}),
    "sentence": lambda n, s: f"I tried the key {s} but the server refused it",
}

ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "json": lambda text: json.dumps({"level": "error", "message": text}),
    "json twice": lambda text: json.dumps({"log": json.dumps({"message": text})}),
    "percent": lambda text: "body=" + quote(text, safe=""),
    "base64": lambda text: "payload " + base64.b64encode(text.encode()).decode() + " end",
    "octal": lambda text: "".join(f"\\{ord(s):03o}" if s in "=:\"' " else s for s in text),
    "zero width": lambda text: text[:1] + "\u200b" + text[1:],
}


def planted(chance: _Chance, rounds: int) -> list[Planted]:
    """Return messages with secrets: issuers' formats and passwords, carriers, encodings."""
    out: list[Planted] = []
    for number in range(rounds):
        for rule in ISSUER_RULES:
            value = filled(chance.choice(rule.examples), number + 1)
            out.append(_message(chance, value, "issuer", issued=True))
        out += [_message(chance, _password(chance), "password") for _ in range(100)]
        for _ in range(60):
            value = "".join(chance.choices(SIGNS, k=chance.randint(20, 64)))
            out.append(_message(chance, value, "random token"))
    return out


def _message(chance: _Chance, value: str, kind: str, *, issued: bool = False) -> Planted:
    names = sorted(CARRIERS)
    if not issued:
        names.remove("sentence")  # without a name or a form, no one can know a password
    carrier = CARRIERS[chance.choice(names)]
    encoding = chance.choice(sorted(ENCODINGS))
    text = ENCODINGS[encoding](carrier(chance.choice(NAMES), value))
    return Planted(text, value, kind, encoding)


def survives(secret: str, said: str) -> bool:
    """Say whether the secret can still be read, also when it stands there encoded."""
    packed = [base64.b64encode(b" " * pad + secret.encode()).decode() for pad in range(3)]
    inside = [form[4:-4] for form in packed if len(form) > 20]
    escaped = json.dumps(secret)[1:-1]
    forms = {secret, quote(secret, safe=""), escaped, json.dumps(escaped)[1:-1]}
    return any(form in said for form in [*forms, *inside])
