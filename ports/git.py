"""How is git run, so that no repository, user setting or environment can change what it does?"""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from git.cmd import Git as GitPython
from git.exc import GitCommandNotFound

from ports.stopping import LOOK_SECONDS, heed, is_stoppable

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
ZERO = "0" * 40
DEFAULT_TIMEOUT = 60.0
GOODBYE_SECONDS = 1.0
IDENTITY = ("selfimprove", "selfimprove@localhost")

# Command-line settings outrank every file, so a planted repository config cannot win.
SETTINGS: Mapping[str, str] = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.quotePath": "false",
    "core.autocrlf": "false",
    "core.symlinks": "true",
    "core.pager": "cat",
    "core.filesRefLockTimeout": "10000",  # many workers move refs of one clone: wait, do not fail
    "core.packedRefsTimeout": "10000",
    "attr.tree": EMPTY_TREE,  # newer git reads attributes from a bare repository's HEAD otherwise
    "protocol.ext.allow": "never",
    "protocol.fd.allow": "never",
    "merge.renames": "false",  # the tree diff is judged path by path; so is the merge
    "merge.conflictStyle": "merge",
    "diff.renames": "false",
    "diff.noprefix": "false",
    "diff.mnemonicPrefix": "false",
    "commit.gpgSign": "false",
    "push.gpgSign": "false",
    "push.followTags": "false",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "gc.auto": "0",  # unreferenced objects of an open change must not vanish under it
    "maintenance.auto": "false",
    "receive.autogc": "false",
    "advice.detachedHead": "false",
    "init.defaultBranch": "main",
    "credential.helper": "",
}

# What reaching a remote may need; everything else of our own environment stays with us.
INHERITED = (
    "PATH",
    "TMPDIR",
    "SSH_AUTH_SOCK",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
# A git that is built with GnuTLS knows only its own names for them.
_OWN_NAMES = {"SSL_CERT_FILE": "GIT_SSL_CAINFO", "SSL_CERT_DIR": "GIT_SSL_CAPATH"}


class GitFailed(Exception):
    """Git ended with an error; `words` are its own."""

    def __init__(self, command: str, code: int, words: str) -> None:
        self.command = command
        self.code = code
        self.words = words.strip()
        super().__init__(f"git {command} failed ({code}): {self.words or 'it said nothing'}")


class GitTimedOut(GitFailed):
    """Git did not finish in the time it was given, and was killed."""


class GitMissing(GitFailed):
    """There is no git program on PATH."""


@dataclass(frozen=True)
class Output:
    """What one run of git left: exit code, standard output and its words."""

    code: int
    stdout: bytes
    words: str

    @property
    def text(self) -> str:
        """Return the output as text without the final newline."""
        return self.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def fields(self) -> list[str]:
        """Return the fields of a `-z` output."""
        text = self.stdout.decode("utf-8", "surrogateescape")
        return text.split("\0")[:-1] if text.endswith("\0") else [part for part in [text] if part]


class Git:
    """Runs git on one repository with fixed arguments and our own environment."""

    def __init__(
        self, git_dir: Path, *, work_tree: Path | None = None, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        self.git_dir = git_dir.absolute()
        self.work_tree = work_tree.absolute() if work_tree else None
        self.timeout = timeout

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        timeout: float | None = None,
        accept: Sequence[int] = (0,),
    ) -> Output:
        """Run one git command and return its output; raise GitFailed on any other exit code.

        What is in `environment` can be read in the list of processes, `secrets` cannot. Where this
        thread's work can be called off, so can the command: then CalledOff is raised.
        """
        limit, hidden = timeout or self.timeout, secrets or {}
        command = [*_environment(environment or {}, hidden), "git", *_settings(), *self._places()]
        try:
            output = _execute([*command, *arguments], stdin, limit, self._directory(), hidden)
        except subprocess.TimeoutExpired as error:
            words = f"no answer within {limit:g} seconds"
            raise GitTimedOut(arguments[0], -signal.SIGKILL, words) from error
        if output.code in accept:
            return output
        raise GitFailed(arguments[0], output.code, output.words)

    def text(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Run one git command and return its output as text."""
        return self.run(*arguments, stdin=stdin).text

    def _places(self) -> list[str]:
        places = [f"--git-dir={self.git_dir}", "--literal-pathspecs", "--no-replace-objects"]
        return [*places, f"--work-tree={self.work_tree}"] if self.work_tree else places

    def _directory(self) -> Path:
        for place in (self.work_tree, self.git_dir):
            if place is not None and place.is_dir():
                return place
        return Path("/")


def identity(name: str, timestamp: int) -> dict[str, str]:
    """Return the environment that signs a commit: this author, ourselves as committer."""
    author = "".join(c for c in name if c.isprintable() and c not in "<>\"'").strip(" .,:;")
    author = author or IDENTITY[0]
    mailbox = "".join(c if c.isalnum() or c in "._-" else "-" for c in author.lower())
    return {
        "GIT_AUTHOR_NAME": author,
        "GIT_AUTHOR_EMAIL": f"{mailbox}@localhost",
        "GIT_AUTHOR_DATE": f"@{timestamp} +0000",
        "GIT_COMMITTER_NAME": IDENTITY[0],
        "GIT_COMMITTER_EMAIL": IDENTITY[1],
        "GIT_COMMITTER_DATE": f"@{timestamp} +0000",
    }


def _settings() -> list[str]:
    return [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]


def _environment(extra: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    # GitPython starts from a copy of os.environ, where a stray GIT_DIR or GIT_INDEX_FILE would
    # decide for us. `env -i` is the one way to hand git nothing but what stands here; a secret
    # comes by that copy, so then each entry of ours is taken out by its name instead.
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    kept |= {own: kept[name] for name, own in _OWN_NAMES.items() if name in kept}
    ours = {
        "HOME": "/nonexistent",
        "LANGUAGE": "C",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=15",
        "GIT_AUTHOR_NAME": IDENTITY[0],
        "GIT_AUTHOR_EMAIL": IDENTITY[1],
        "GIT_COMMITTER_NAME": IDENTITY[0],
        "GIT_COMMITTER_EMAIL": IDENTITY[1],
    }
    pairs = {**kept, **ours, **extra}
    cleared = [f"--unset={name}" for name in os.environ if name not in secrets]
    return ["env", *(cleared if secrets else ["-i"]), *(f"{k}={v}" for k, v in pairs.items())]


def _execute(
    command: list[str],
    stdin: bytes | None,
    timeout: float,
    place: Path,
    secrets: Mapping[str, str],
) -> Output:
    heed()
    with tempfile.TemporaryFile() as stream:
        stream.write(stdin or b"")
        stream.seek(0)
        try:
            # In a session of its own, so that what it starts, such as ssh, can be ended with it.
            started = GitPython(place).execute(
                command,
                istream=stream,
                as_process=True,
                start_new_session=True,
                env=dict(secrets),
            )
            process = cast("subprocess.Popen[bytes]", started.proc)
        except GitCommandNotFound as error:
            raise GitMissing("git", 127, "there is no git on PATH: install it") from error
        try:
            stdout, words = _heard(process, timeout)
        finally:
            _end(process)
    output = Output(process.returncode, stdout, words.decode("utf-8", "replace"))
    if output.code == 127 and "git" in output.words:
        raise GitMissing("git", 127, "there is no git on PATH: install it")
    return output


def _heard(process: subprocess.Popen[bytes], timeout: float) -> tuple[bytes, bytes]:
    """Wait for what it says; raise TimeoutExpired, or CalledOff where somebody does not wait."""
    ends = time.monotonic() + timeout
    while True:
        left = max(ends - time.monotonic(), 0.0)
        try:
            return process.communicate(timeout=min(LOOK_SECONDS, left) if is_stoppable() else left)
        except subprocess.TimeoutExpired:
            heed()
            if time.monotonic() >= ends:
                raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with what it started: first so that it takes its lock files away, then by force."""
    if process.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=GOODBYE_SECONDS)
            return
