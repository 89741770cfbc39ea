"""How does a test put a program of its own in the place of docker or journalctl?"""

import json
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

DOCKER = '''#!{python}
"""Answer `docker ps` and `docker logs` from a file, in the client's own words."""
import json, sys
from pathlib import Path

state = json.loads(Path({state!r}).read_text())
words = sys.argv[1:]
with open({calls!r}, "a") as calls:
    calls.write(json.dumps(words) + chr(10))
if state["refusal"]:
    sys.exit(state["refusal"])
if words[0] == "ps":
    wanted = [word.partition("label=com.docker.compose.")[2] for word in words if "label=" in word]
    for each in state["containers"]:
        if all(label in each["labels"] for label in wanted):
            print(each["id"], each["name"])
    sys.exit(0)
assert words[:2] == ["logs", "--timestamps"], words
since = words[words.index("--since") + 1] if "--since" in words else ""
found = [each for each in state["containers"] if each["id"] == words[-1]]
if not found:
    sys.exit("Error response from daemon: No such container: " + words[-1])


def moment(stamp):
    seconds, _, fraction = stamp.rstrip("Z").partition(".")
    return seconds, fraction.ljust(9, "0")


for stream, stamp, pieces in found[0]["lines"]:
    if since and moment(stamp) < moment(since):
        continue
    out = sys.stdout if stream == "stdout" else sys.stderr
    out.write("".join(stamp + " " + piece for piece in pieces) + chr(10))
    out.flush()
sys.exit(found[0].get("refusal"))
'''

JOURNALCTL = '''#!{python}
"""Answer `journalctl -o json` from a file of entries."""
import json, sys
from pathlib import Path

state = json.loads(Path({state!r}).read_text())
with open({calls!r}, "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + chr(10))
sys.stderr.write(state["hint"])
if state["refusal"]:
    sys.exit(state["refusal"])
given = dict(word.lstrip("-").partition("=")[::2] for word in sys.argv[1:])
assert given["output"] == "json" and "all" in given and "no-pager" in given, given
entries = state["entries"]
if "after-cursor" in given:
    known = [each["__CURSOR"] for each in entries]
    if given["after-cursor"] not in known:
        sys.exit("Failed to seek to cursor: Invalid argument")
    entries = entries[known.index(given["after-cursor"]) + 1:]
if "since" in given:
    from_here = int(given["since"].lstrip("@")) * 1_000_000
    entries = [each for each in entries if int(each["__REALTIME_TIMESTAMP"]) >= from_here]
for each in entries:
    unit = given.get("unit")
    if unit in (None, each.get("_SYSTEMD_UNIT")):
        print(json.dumps(each), flush=True)
'''


@dataclass
class Client:
    """A program on PATH that answers from a state on disk, and notes how it was called."""

    folder: Path
    state: dict[str, Any] = field(default_factory=dict)

    def install(self, name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> "Client":
        """Put the program before all others."""
        place = self.folder / "bin"
        place.mkdir(exist_ok=True)
        program = place / name
        program.write_text(
            source.format(
                python=sys.executable,
                state=str(self.folder / f"{name}.json"),
                calls=str(self.folder / "calls"),
            )
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")
        self.name = name
        self.save()
        return self

    def save(self) -> None:
        """Write the state down for the program."""
        (self.folder / f"{self.name}.json").write_text(json.dumps(self.state))

    @property
    def calls(self) -> list[list[str]]:
        """Return how the program was called."""
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


def docker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Install a docker client without containers."""
    client = Client(folder, {"containers": [], "refusal": ""})
    return client.install("docker", DOCKER, monkeypatch)


def journalctl(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Install a journalctl without entries."""
    client = Client(folder, {"entries": [], "refusal": "", "hint": ""})
    return client.install("journalctl", JOURNALCTL, monkeypatch)
