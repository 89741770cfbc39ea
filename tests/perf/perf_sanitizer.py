"""How fast is the sanitizer, what does it find and what does it spoil, beside detect-secrets?

Run by `make perf`. Everything is measured in one run, in processor time, on text made from a seed.
"""

import random
import re
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from detect_secrets.core.scan import scan_line
from detect_secrets.settings import default_settings

from telemetry.sanitizer import sanitize, secrets_in
from telemetry.sanitizer.credentials import credential_spans
from telemetry.sanitizer.lookups import looked_up
from telemetry.sanitizer.rules import ISSUER_RULES
from tests.perf.agent_text import Planted, harmless, planted, survives
from tests.perf.other_rules import SCANNER, described

SEED = 20260302
FAMILIES = {
    "a": "a",
    "key=": "key=",
    "BEGIN": "-----BEGIN A-----",
    "a.": "a.",
    "://a:": "://a:",
    "1:": "1:",
    "eyJa.a.": "eyJa.a.",
    "curl -u ": "curl -u ",
    "/a": "/a",
    "zero width": "a\u200b",
}


def say(*words: str) -> None:
    """Print one line of the report."""
    sys.stdout.write(" ".join(words) + "\n")


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of the better of two runs."""
    took = []
    for _ in range(2):
        started = time.process_time()
        work()
        took.append(time.process_time() - started)
    return min(took)


def speed(messages: Sequence[str], clean: Callable[[str], object]) -> float:
    """Return MB per second of one core."""
    size = sum(len(message.encode()) for message in messages)

    def all_of_them() -> None:
        for message in messages:
            clean(message)

    return size / seconds(all_of_them) / 1e6


def issuers_only(text: str) -> str:
    """Return the text without issuers' keys, by our engine."""
    raw = text.encode("ascii", "replace")
    for rule in looked_up(text, raw).rules:
        for start, end in reversed(list(rule.spans(raw))):
            text = text[:start] + "*" * (end - start) + text[end:]
    return text


def rule_by_rule() -> Callable[[str], str]:
    """Return what most sanitizers do: one substitution after the other, the same rules."""
    patterns = [re.compile(rule.whole, re.ASCII) for rule in ISSUER_RULES]

    def clean(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub("[REDACTED_KEY]", text)
        return text

    return clean


def theirs(text: str) -> str:
    """Return the text without what detect-secrets finds in its lines."""
    for line in text.splitlines():
        for found in scan_line(line):
            text = text.replace(found.secret_value or "\0", "*")
    return text


def recall(samples: Sequence[Planted], clean: Callable[[str], str]) -> float:
    """Return which share of the secrets is gone."""
    gone = sum(not survives(sample.secret, clean(sample.text)) for sample in samples)
    return gone / len(samples)


def report_speed(messages: Sequence[str]) -> None:
    """Print MB/s of each way over the same text."""
    size = sum(len(message.encode()) for message in messages)
    say(f"{len(messages)} messages, mean {size // len(messages)} bytes, {size / 1e6:.1f} MB\n")
    few = messages[::40]
    ours, secrets = speed(messages, sanitize), speed(messages, secrets_in)
    issuers, count = speed(messages, issuers_only), len(ISSUER_RULES)
    one_by_one, peer = speed(few, rule_by_rule()), speed(few, theirs)
    say("| what | ours, MB/s | the other | MB/s | ratio |\n|---|---|---|---|---|")
    other = f"re.sub, one after the other | {one_by_one:.3f}"
    say(f"| {count} issuers' rules | {issuers:.2f} | {other} | {issuers / one_by_one:.0f} |")
    other = f"detect-secrets scan_line | {peer:.3f}"
    say(f"| all secrets | {secrets:.2f} | {other} | {secrets / peer:.0f} |")
    say(f"| secrets, URLs, mail, IP, paths | {ours:.2f} | {other} | {ours / peer:.0f} |\n")


def report_score(messages: Sequence[str], samples: Sequence[Planted]) -> None:
    """Print what is found and what is spoiled, ours and the peer's."""
    changed = sum(bool(credential_spans(message)) for message in messages)
    few = messages[::40]
    spoiled = sum(theirs(message) != message for message in few)
    say("| | ours | detect-secrets |\n|---|---|---|")
    for kind in ("issuer", "password", "random token"):
        chosen = [sample for sample in samples if sample.kind == kind]
        mine, peers = recall(chosen, lambda t: sanitize(t)[0]), recall(chosen, theirs)
        say(f"| recall, {kind} ({len(chosen)}) | {mine:.3f} | {peers:.3f} |")
    mine, peers = recall(samples, lambda t: sanitize(t)[0]), recall(samples, theirs)
    say(f"| recall, all ({len(samples)}) | {mine:.3f} | {peers:.3f} |")
    share, others = changed / len(messages), spoiled / len(few)
    say(f"| harmless messages changed by secret rules | {share:.2%} | {others:.1%} |\n")


def report_others() -> None:
    """Print what is found of that which another scanner's rules describe."""
    try:
        samples = described(SEED)
    except OSError as error:
        say(f"The rules of {SCANNER} were not run: {error}\n")
        return
    say(f"| what the rules of {SCANNER} describe | texts | rules | ours | detect-secrets |")
    say("|---|---|---|---|---|")
    for words, by_form in (("a form of its own", True), ("an issuer's name before it", False)):
        chosen = [sample for sample in samples if sample.by_form is by_form]
        rules = len({sample.rule for sample in chosen})
        mine, peers = (
            sum(sample.secret not in clean(sample.text) for sample in chosen) / len(chosen)
            for clean in (lambda text: sanitize(text)[0], theirs)
        )
        say(f"| {words} | {len(chosen)} | {rules} | {mine:.3f} | {peers:.3f} |")
    say("")


def report_short(messages: Sequence[str]) -> None:
    """Print what the texts cost that most events carry: names, codes, ids, one sentence."""
    words = sorted({word for message in messages for word in message.split() if word.isalpha()})
    chance = random.Random(SEED)  # noqa: S311  # the same texts in every run
    kinds: dict[str, Callable[[], str]] = {
        "a name": lambda: "_".join(chance.sample(words, 2)).lower(),
        "a sentence": lambda: " ".join(chance.sample(words, 8)),
        "a UUID": lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    }
    say("| 1000 different short texts | µs each |\n|---|---|")
    for name, made in kinds.items():
        texts = [made() for _ in range(1000)]
        each = seconds(lambda: [sanitize(text) for text in texts])  # noqa: B023
        say(f"| {name} | {1000 * each:.1f} |")
    say("")


def report_hostile() -> None:
    """Print how long hostile text takes; no text may take more than its length deserves."""
    say("| hostile text | s per MB | time(1 MB) / time(500 kB) |\n|---|---|---|")
    for name, unit in FAMILIES.items():
        long = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
        half = long[:500_000]
        whole, part = seconds(lambda: secrets_in(long)), seconds(lambda: secrets_in(half))  # noqa: B023
        say(f"| `{name}` | {whole:.2f} | {whole / part:.2f} |")


def main() -> None:
    """Measure and print."""
    chance = random.Random(SEED)  # noqa: S311  # the same text in every run
    messages = harmless(chance, 1_000_000)
    samples = planted(chance, 1)
    with default_settings():
        report_speed(messages)
        report_score(messages, samples)
        report_others()
    report_short(messages)
    report_hostile()


if __name__ == "__main__":
    main()
