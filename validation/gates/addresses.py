"""Does the change keep to the addresses that were there before?"""

import ast
import ipaddress
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from targets.changes import Change
from validation import judges, literals, scalars
from validation.parsing import understood
from validation.paths import shown
from validation.verdicts import Context, GateVerdict, Mark, NotText, answer

NAME = "addresses"
QUESTION = "Does the change keep to the addresses that were there before?"
VERSION = 2

_URL = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}:(?:\\?/){2}(\[[0-9a-f:.%]+\]|[^\s/'\"<>)\]`,;\\]+)", re.IGNORECASE
)
_BARE = re.compile(r"(?:src|href|url|action)\s*[=(:]\s*['\"]?//([^\s/'\"<>)]+)", re.I)
_HOST = re.compile(
    r"(?:[a-z0-9_-]+\.)+[a-z]{2,24}\.?(?::\d+)?|\[?[0-9a-f:]*:[0-9a-f:.]+\]?|[\d.]{7,15}(?::\d+)?",
    re.IGNORECASE,
)
_NAMES_OF_ADDRESSES = re.compile(
    r".*(?:host|url|uri|endpoint|address|server|domain|proxy|webhook|origin|registry|index)s?",
    re.I,
)
# Reserved for documentation and tests, or never beyond this machine (RFC 2606, RFC 6761).
_HARMLESS = re.compile(
    r"(?:.+\.)?(?:localhost|test|invalid|example|example\.(?:com|net|org))|host\.docker\.internal"
)
_NEAR = tuple(
    ipaddress.ip_network(network)  # RFC 1918, RFC 4193
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_PROSE = (".md", ".rst", ".txt", ".adoc")


def run(change: Change, context: Context) -> GateVerdict:
    """Find every host that is named or put together, and compare with the base."""
    marks: list[Mark] = []
    texts: list[tuple[str, str]] = []
    known: set[str] = set()
    for path in change.paths:
        try:
            known |= {host for _, host, _ in _hosts(path, context.before(change, path) or "")}
            texts.append((path, context.after(change, path) or ""))
        except NotText as error:
            marks.append(Mark(shown(path), None, f"cannot be read: {error}"))
    for path, text in texts:
        told: set[str] = set()
        for line, host, acts in sorted(_hosts(path, text), key=lambda one: not one[2]):
            if host not in known | told:
                told.add(host)
                mild = not acts or judges.is_test(path) or _is_near(host)
                what = "is named, which was not before" if mild else "is new: data could go there"
                marks.append(Mark(shown(path), line, shown(f"{host} {what}"), refuses=not mild))
    return answer(NAME, QUESTION, marks, passed="no new address")


def _hosts(path: str, text: str) -> Iterator[tuple[int | None, str, bool]]:
    """Return each host with its line, and whether a program could act on it."""
    silent = _silent_lines(path, text)
    prose = PurePosixPath(path).suffix.lower() in _PROSE
    for number, line in enumerate(text.split("\n"), start=1):
        for form in (_URL, _BARE):
            for found in form.finditer(unquote(line)):
                yield from _named(number, found[1], acts=not prose and number not in silent)
    for where, spelt in literals.texts(path, text):
        for found in _URL.finditer(unquote(spelt)):
            yield from _named(where, found[1], acts=True)
    yield from _settings(path, text)


def _settings(path: str, text: str) -> Iterator[tuple[int | None, str, bool]]:
    """Find addresses without a scheme: values of settings that are named like one."""
    if not scalars.kind_of(path):
        return
    try:
        leaves, lines = scalars.leaves(path, text), scalars.lines(path, text)
    except (scalars.Unreadable, scalars.CannotReplace):  # the syntax gate refuses it
        return
    for key, value in leaves.items():
        parts = [part for part in key.split(".") if not part.startswith("[")]
        named = any(_NAMES_OF_ADDRESSES.fullmatch(part) for part in parts)
        if named and isinstance(value, str) and _HOST.fullmatch(value.strip()):
            yield from _named(lines.get(key), value.strip(), acts=True)


def _named(
    line: int | None, written: str, *, acts: bool
) -> Iterator[tuple[int | None, str, bool]]:
    host = _host(written)
    if host and not _is_harmless(host):
        yield line, host, acts


def _host(written: str) -> str:
    """Take away who signs in and the port, and write the host as it is compared."""
    host = written.rpartition("@")[2]
    host = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return host.casefold().rstrip(".")


def _is_harmless(host: str) -> bool:
    if host[0] in "{$%<*" or _HARMLESS.fullmatch(host):  # filled in elsewhere, or for examples
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_near(host: str) -> bool:
    """Tell whether a name can only be one of the same network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host and not host.isdigit() and not host.startswith("0x")
    return any(address in network for network in _NEAR if network.version == address.version)


def _silent_lines(path: str, text: str) -> frozenset[int]:
    """Return the lines that hold only words for readers: comments and documentation."""
    lines = text.split("\n")
    begins = ("#", "//", "--", ";", "*", "<!--")
    silent = {number for number, line in enumerate(lines, 1) if line.lstrip().startswith(begins)}
    if path.endswith((".py", ".pyi")):
        silent = {number for number in silent if lines[number - 1].lstrip().startswith("#")}
        silent |= set(_documentation(text))
        silent -= set(_inside_texts(text))
    return frozenset(silent)


def _documentation(text: str) -> Iterator[int]:
    for node, alone in _texts(text):
        if alone:
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _inside_texts(text: str) -> Iterator[int]:
    """A line inside of a text that a program uses is no comment, though it begins like one."""
    for node, alone in _texts(text):
        if not alone:
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _texts(text: str) -> Iterator[tuple[ast.Constant, bool]]:
    try:
        tree = understood(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the syntax gate refuses it
        return
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node, id(node) in alone
