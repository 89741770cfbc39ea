"""Which secrets do another scanner's rules describe, so that our recall is not judged by our own?

Its rules come from a package that is fetched by name into a folder that is thrown away. From each
pattern texts are generated that fit it; what the pattern captures is the secret. Nothing of it is
kept here.
"""

import importlib
import json
import random
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

SCANNER, GENERATOR = "kingfisher-bin==2.14.0", "rstr==3.2.2"
EACH, TRIES, LEAST = 3, 12, 6
_FLAGS = {"i": re.IGNORECASE, "x": re.VERBOSE, "s": re.DOTALL, "m": re.MULTILINE, "u": re.UNICODE}
_LEADING = re.compile(r"\s*\(\?([ixsmu]+)\)")
# What these rules report beside secrets: names of accounts, hosts and clients.
_NO_SECRET = re.compile(r"client-?id|-id(?:\.\d)?$|tenant|username|host|url|address|pub-key")


class Described(NamedTuple):
    """A text with a secret, and the rule that describes it."""

    rule: str
    text: str
    secret: str
    by_form: bool  # the secret's own form tells; else a name stands before it


def described(seed: int) -> list[Described]:
    """Return what the rules describe, the same in every run; raises OSError without a registry."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
        try:
            subprocess.run(
                [*pip, SCANNER, GENERATOR], check=True, capture_output=True, timeout=240
            )
            scanner = Path(folder) / "kingfisher" / "bin" / "kingfisher"
            asked = [str(scanner), "rules", "list", "--format", "json"]
            said = subprocess.run(asked, check=True, capture_output=True, timeout=60).stdout
        except subprocess.SubprocessError as error:
            raise OSError(str(error)) from error
        sys.path.insert(0, folder)
        try:
            made = importlib.import_module("rstr").Rstr(random.Random(seed))  # noqa: S311  # the same texts in every run
            rules = json.loads(said)
            return [found for rule in rules for found in _examples(made, rule)]
        finally:
            sys.path.remove(folder)


def _examples(made: Any, rule: dict[str, Any]) -> Iterator[Described]:
    if _NO_SECRET.search(rule["id"]):
        return
    try:
        pattern = _compiled(rule["pattern"])
    except (re.error, OverflowError):
        return  # of another dialect
    found = 0
    for _ in range(TRIES):
        try:
            text = made.xeger(pattern)
        except (ValueError, KeyError, TypeError, IndexError):
            return  # the generator does not know what the pattern asks for
        text = "".join(sign if sign.isprintable() else " " for sign in text)
        match = pattern.search(text)
        secret = _secret(match) if match else ""
        if match and len(secret) >= LEAST:
            found += 1
            start = text.find(secret)
            yield Described(rule["id"], text, secret, by_form=start <= 1)
        if found == EACH:
            return


def _compiled(written: str) -> re.Pattern[str]:
    flags = 0
    while leading := _LEADING.match(written):
        for sign in leading[1]:
            flags |= _FLAGS[sign]
        written = written[leading.end() :]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # sets in sets: another dialect's
        return re.compile(re.sub(r"\(\?<([A-Za-z_]+)>", r"(?P<\1>", written), flags)


def _secret(match: re.Match[str]) -> str:
    named = match.groupdict().get("TOKEN")
    groups = [group for group in match.groups() if group]
    return str(named or (groups[-1] if groups else match.group()))
