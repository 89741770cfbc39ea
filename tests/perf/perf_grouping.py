"""How well do fingerprints and patterns group errors and log lines, beside Drain3 in the same run?

Both are generated here: kinds with names, thousands of messages, sanitised first. Grouping
accuracy counts the messages whose group holds exactly the messages of their kind; FGA is the F1
score of whole groups.
"""

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from telemetry import fingerprints  # the path comes first
from telemetry.patterns import similar
from telemetry.sanitizer import sanitize
from tests.perf.log_lines import log_lines

MESSAGES = 12_000
GOALS = {"agents' errors": (0.98, 0.82), "services' log lines": (0.80, 0.82)}
NAMES = [
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove"),
    *("heron", "iris", "jade", "kelp", "lotus", "maple", "nectar"),
]
KINDS: dict[str, str] = {
    "timeout": "upstream did not answer within {n} ms",
    "read timeout": "HTTPSConnectionPool(host='{w}.example.net', port={p}): Read timed out.",
    "rate limit": "upstream answered 429: rate limit of {n} calls per second exceeded for {mail}",
    "quota": "You exceeded your current quota on organization {hex}, please check your plan",
    "reset": "connection to {w} was reset by its peer",
    "refused": "connect ECONNREFUSED {ip}:{p}",
    "dns": "could not resolve host {w}-{n}.internal.example.org",
    "unavailable": "HTTP 503 from https://api.example.org/v{d}/{w}/{n}?page={n}",
    "missing file": "FileNotFoundError: [Errno 2] No such file or directory: '/srv/{w}/{n}.json'",
    "missing tool": 'Unknown tool: "{w}_{w2}"',
    "missing row": "row {uuid} does not exist in table {w}",
    "validation": "{n} validation errors for SearchArguments: field {w} is required",
    "json": "Expecting value: line {n} column {d} (char {n})",
    "encoding": "'utf-8' codec can't decode byte 0x{b} in position {n}: invalid start byte",
    "key": "request with Authorization: Bearer {token} was refused by {w}",
    "denied": "PermissionError: user {mail} may not write to /home/{w}/notes/{n}.md",
    "context": "This model's maximum context length is {n} tokens, however you requested {n2}",
    "disk": "No space left on device while {w} wrote block {n}",
    "killed": "worker {n} (pid {p}) was killed by signal 9 after {d}.{n} s",
    "exit": "Command `python3 /tmp/{w}/{hex}.py` returned non-zero exit status {d}",
    "attribute": "'NoneType' object has no attribute '{w}'",
    "lock": "row {uuid} is locked by worker {w} since {stamp}",
    "duplicate": 'duplicate key value violates unique constraint "{w}_{w2}_key"',
    "loop": "Agent stopped after {n} iterations without an answer to task {uuid}",
    "step": "step {w} of plan {w2} gave up",
    "lists": "the tools {many} are not there in this mode",
    "policy": "command was blocked by policy {w} at {stamp}",
}
REMARKED = {"timeout", "rate limit", "reset", "unavailable", "lock"}  # log what they sent
REMARKS = ["", "", "", "", " (attempt {d} of {d})", " (request {hex})", " [{stamp}]"]


def written(dice: random.Random) -> list[tuple[str, str]]:
    """Write messages with the names of their kinds, some kinds far more often than others."""
    found = []
    kinds = list(KINDS)
    for _ in range(MESSAGES):
        kind = kinds[min(int(dice.paretovariate(0.6)) - 1, 10_000) % len(kinds)]
        remark = dice.choice(REMARKS) if kind in REMARKED else ""
        text = (KINDS[kind] + remark).format(**values(dice))
        found.append((kind, sanitize(text)[0]))
    return found


def values(dice: random.Random) -> dict[str, str]:
    """Draw what varies."""
    name, other = dice.choice(NAMES), dice.choice(NAMES)
    number = dice.getrandbits
    return {
        "n": str(dice.randint(1, 99_999)),
        "n2": str(dice.randint(1, 99_999)),
        "d": str(dice.randint(1, 9)),
        "b": f"{number(8):02x}",
        "p": str(dice.randint(1024, 65_535)),
        "w": name,
        "w2": other,
        "ip": ".".join(str(dice.randint(1, 250)) for _ in range(4)),
        "hex": f"{number(48):012x}",
        "token": f"{number(128):032x}",
        "uuid": f"{number(32):08x}-{number(16):04x}-4abc-8def-{number(48):012x}",
        "mail": f"{name}.{other}@example.com",
        "stamp": f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T10:00:00Z",
        "many": ", ".join(dice.sample(NAMES, dice.randint(2, 5))),
    }


def fingerprinted(messages: Sequence[str]) -> list[object]:
    """Group by what is stateless."""
    return [fingerprints.template(message) for message in messages]


def patterned(messages: Sequence[str]) -> list[object]:
    """Group by patterns: fingerprints first, then their distinct templates."""
    texts = [fingerprints.template(message) for message in messages]
    distinct = sorted(set(texts))
    owner: dict[str, object] = {}
    for number, places in enumerate(similar.joined(distinct)):
        owner.update({distinct[place]: number for place in places})
    return [owner[text] for text in texts]


def drain(*, masked: bool) -> "Way":
    """Group by Drain3 with its defaults, or with the usual masks."""
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig

    def grouped(messages: Sequence[str]) -> list[object]:
        config = TemplateMinerConfig()
        if masked:
            config.masking_instructions = [
                MaskingInstruction(pattern, name)
                for pattern, name in (
                    (r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d+)?", "IP"),
                    (r"(?:/[\w.\-]+)+", "PATH"),
                    (r"\b[0-9a-f]{8}-[0-9a-f\-]{27}\b", "UUID"),
                    (r"\b0x[0-9a-f]+\b|\b[0-9a-f]{10,}\b", "HEX"),
                    (r"\b\d+\b", "NUM"),
                )
            ]
        miner = TemplateMiner(config=config)
        return [miner.add_log_message(message)["cluster_id"] for message in messages]

    return grouped


def scored(truth: Sequence[object], found: Sequence[object]) -> tuple[float, float, int]:
    """Return grouping accuracy, FGA and the number of groups."""
    kinds, groups = Counter(truth), Counter(found)
    members: dict[object, set[object]] = defaultdict(set)
    for kind, group in zip(truth, found, strict=True):
        members[group].add(kind)
    right = [
        group
        for group, inside in members.items()
        if len(inside) == 1 and groups[group] == kinds[next(iter(inside))]
    ]
    accuracy = sum(groups[group] for group in right) / len(truth)
    precision, recall = len(right) / len(groups), len(right) / len(kinds)
    return accuracy, 2 * precision * recall / (precision + recall or 1), len(groups)


Way = Callable[[Sequence[str]], list[object]]


def compared(
    told: Sequence[tuple[str, str]], ways: dict[str, Way]
) -> dict[str, tuple[float, ...]]:
    """Print how each way groups the messages; return accuracy and FGA."""
    truth, messages = [kind for kind, _ in told], [text for _, text in told]
    results: dict[str, tuple[float, ...]] = {}
    for name, way in ways.items():
        begun = time.process_time()
        found = way(messages)
        rate = len(messages) / max(time.process_time() - begun, 1e-9)
        accuracy, fga, groups = scored(truth, found)
        results[name] = accuracy, fga
        print(f"| {name} | {accuracy:.3f} | {fga:.3f} | {groups} | {rate:.0f} |")  # noqa: T201
    return results


def main() -> int:
    """Print the tables; fail when ours is below its goals."""
    dice = random.Random(11)  # noqa: S311  # the same messages in every run
    lines = [(kind, sanitize(text)[0]) for kind, text in log_lines(dice, MESSAGES)]
    ways: dict[str, Way] = {"ours, fingerprints": fingerprinted, "ours, patterns": patterned}
    try:
        ways |= {"Drain3": drain(masked=False), "Drain3 and masks": drain(masked=True)}
    except ImportError:
        print("Drain3 is not installed: pip install -r requirements/peers.txt")  # noqa: T201
    failed = False
    for name, told in zip(GOALS, (written(random.Random(11)), lines), strict=True):  # noqa: S311
        kinds = len({kind for kind, _ in told})
        print(f"\n{name}: {len(told)} sanitised messages of {kinds} kinds\n")  # noqa: T201
        print("| | grouping accuracy | FGA | groups | lines/s |\n|---|---|---|---|---|")  # noqa: T201
        accuracy, fga = compared(told, ways)["ours, patterns"]
        failed |= accuracy < GOALS[name][0] or fga < GOALS[name][1]
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
