"""Git brings our token to GitHub, and to nobody and nothing else."""

import base64
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from ports.forge import PermanentError
from ports.forge.github.calls import Api
from ports.forge.github.credentials import Token
from ports.forge.github.options import GitHub
from ports.forge.github.over_https import OverHttps, access_to
from ports.forge.github.wire import HttpWire
from ports.git import Git
from ports.git_access import Access, Own
from targets.repository import OriginUnreachable, Repository
from tests.ports.github.backend import READS, WRITES, Backend
from tests.ports.origins import make_bare, sha

NOBODYS = "github_pat_revoked"


@pytest.fixture
def origin(tmp_path: Path) -> Git:
    git = make_bare(tmp_path / "served" / "acme" / "agents.git", {"a.txt": "1\n"})
    git.run("config", "http.receivepack", "true")
    return git


@pytest.fixture
def backend(origin: Git, tmp_path: Path) -> Iterator[Backend]:
    with Backend(tmp_path / "served") as server:
        yield server


def access(backend: Backend, token: str) -> Access:
    options = GitHub(url=backend.address)
    api = Api(backend.address, Token(token), HttpWire())
    return access_to(f"{backend.address}/acme/agents.git", options, lambda: api)


@pytest.fixture
def clone(tmp_path: Path, backend: Backend) -> Callable[[str], Repository]:
    def make(token: str) -> Repository:
        address = f"{backend.address}/acme/agents.git"
        place = tmp_path / "clones" / f"{len(token)}.git"
        return Repository.create(place, origin=address, access=access(backend, token))

    return make


Clone = Callable[[str], Repository]


def pushed(repository: Repository) -> str:
    repository.fetch()
    head = repository.head("main")
    repository.push(f"{head}:refs/heads/selfimprove/proposal-1")
    return head


def test_the_right_token_fetches_and_pushes(clone: Clone, backend: Backend, origin: Git) -> None:
    head = pushed(clone(WRITES))
    assert sha(origin, "selfimprove/proposal-1") == head
    assert backend.rights == {WRITES}
    assert all(one.right for one in backend.came)  # it is shown at once, not after a refusal


def test_a_token_that_may_only_read_is_told_so(clone: Clone, origin: Git) -> None:
    with pytest.raises(OriginUnreachable, match="The token does not let us: it needs Contents"):
        pushed(clone(READS))
    assert sha(origin, "main")


def test_a_wrong_token_is_told_so_and_shown_nowhere(clone: Clone, tmp_path: Path) -> None:
    with pytest.raises(OriginUnreachable) as caught:
        clone(NOBODYS).fetch()
    words = str(caught.value)
    assert "GitHub does not take the token: set GITHUB_TOKEN" in words
    assert_nowhere(NOBODYS, words, tmp_path)


def assert_nowhere(token: str, words: str, folder: Path) -> None:
    """Look for a token, as it is and as it is sent, in words and in every file."""
    coded = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    for secret in (token, coded):
        assert secret not in words
        for place in (path for path in folder.rglob("*") if path.is_file()):
            assert secret.encode() not in place.read_bytes(), place


def test_it_stands_in_no_file_and_no_argument(
    clone: Clone, backend: Backend, tmp_path: Path
) -> None:
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(place.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    pushed(clone(WRITES))
    time.sleep(0.1)
    over.set()
    watcher.join()
    ours = "\n".join(line for line in seen if "git" in line)
    assert "push" in ours or "fetch" in ours
    assert_nowhere(WRITES, ours, tmp_path)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_whoever_it_is_redirected_to_does_not_get_it(
    clone: Clone, backend: Backend, tmp_path: Path, status: int
) -> None:
    with Backend(tmp_path / "served") as other:
        backend.moved_to, backend.status = other.address, status
        with pytest.raises(OriginUnreachable, match="renamed or moved: change the target's"):
            clone(WRITES).fetch()
        assert other.came == []


def test_no_variable_of_ours_comes_along_with_it(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "stray"))
    monkeypatch.setenv("GIT_TRACE_CURL", str(tmp_path / "trace.txt"))
    monkeypatch.setenv("GITHUB_TOKEN", WRITES)
    pushed(clone(WRITES))
    assert not (tmp_path / "trace.txt").exists()
    assert not (tmp_path / "stray").exists()


def test_a_hook_of_an_origin_on_this_machine_never_sees_it(tmp_path: Path, origin: Git) -> None:
    hook = origin.git_dir / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen.txt\n")
    hook.chmod(0o755)
    options = GitHub(url="http://127.0.0.1:1")
    mine = access_to(str(origin.git_dir), options, lambda: Api("", Token(WRITES), HttpWire()))
    clone = Repository.create(tmp_path / "c.git", origin=str(origin.git_dir), access=mine)
    pushed(clone)
    told = (tmp_path / "seen.txt").read_text()
    assert WRITES not in told
    assert "GIT_CONFIG_VALUE" not in told


class Renewed:
    """A right whose first token has run out."""

    def __init__(self, place: str, *tokens: str) -> None:
        self.left = list(tokens)
        self.inner = OverHttps(place, lambda: self.left[0], lambda: False)
        self.secrets, self.told = self.inner.secrets, self.inner.told

    def renew(self) -> bool:
        """Take the next."""
        self.left.pop(0)
        return bool(self.left)


def test_a_token_that_ran_out_is_renewed_once(tmp_path: Path, backend: Backend) -> None:
    address = f"{backend.address}/acme/agents.git"
    right = Renewed(backend.address, NOBODYS, WRITES)
    clone = Repository.create(tmp_path / "c.git", origin=address, access=right)
    clone.fetch()
    assert clone.head("main")
    worse = Renewed(backend.address, NOBODYS, "another", WRITES)
    again = Repository.create(tmp_path / "d.git", origin=address, access=worse)
    with pytest.raises(OriginUnreachable):
        again.fetch()
    assert worse.left == ["another", WRITES]


@pytest.mark.parametrize(
    ("origin", "url", "gets"),
    [
        ("https://github.com/acme/agents.git", "https://api.github.com", True),
        ("https://github.com:443/acme/agents", "https://api.github.com", True),
        ("https://x-access-token@github.com/acme/agents", "https://api.github.com", True),
        ("https://git.example.org/acme/agents", "https://git.example.org/api/v3", True),
        ("https://git.example.org:8443/a/b", "https://git.example.org:8443/api/v3", True),
        ("https://git.example.org:8443/a/b", "https://git.example.org/api/v3", False),
        ("http://github.com/acme/agents.git", "https://api.github.com", False),
        ("https://github.com.evil.test/acme/agents", "https://api.github.com", False),
        ("https://evil.test/github.com/agents", "https://api.github.com", False),
        ("https://github.com@evil.test/acme/agents", "https://api.github.com", False),
        ("git@github.com:acme/agents.git", "https://api.github.com", False),
        ("ssh://git@github.com/acme/agents.git", "https://api.github.com", False),
        ("https://github.com:99999/acme/agents", "https://api.github.com", False),
        ("/srv/agents.git", "https://api.github.com", False),
    ],
)
def test_only_github_itself_gets_it_and_only_over_https(origin: str, url: str, gets: bool) -> None:
    found = access_to(origin, GitHub(url=url), lambda: Api(url, Token(WRITES), HttpWire()))
    assert isinstance(found, OverHttps) is gets
    entries = found.secrets()
    assert bool(entries) is gets
    if gets:
        host = origin.partition("//")[2].partition("/")[0].rpartition("@")[2]
        assert entries["GIT_CONFIG_KEY_0"] == f"http.https://{host}/.extraHeader"


def test_without_a_token_what_is_public_can_still_be_read() -> None:
    def none() -> Api:
        raise PermanentError("neither GITHUB_TOKEN nor GITHUB_APP_ID is set")

    found = access_to("https://github.com/a/b", GitHub(), none)
    assert isinstance(found, Own)
    assert found.secrets() == {}


@pytest.fixture
def certified(origin: Git, tmp_path: Path) -> Iterator[tuple[Backend, Path]]:
    """Serve over TLS with a certificate made for this test."""
    place = tmp_path / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", str(place), "-out", str(tmp_path / "ca.pem"), "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    place.write_bytes(place.read_bytes() + (tmp_path / "ca.pem").read_bytes())
    with Backend(tmp_path / "served", place) as server:
        yield server, tmp_path / "ca.pem"


def test_over_tls_the_certificate_is_checked_before_it_is_sent(
    certified: tuple[Backend, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = certified
    address = f"{server.address}/acme/agents.git"
    right = OverHttps(server.address, lambda: WRITES, lambda: False)
    clone = Repository.create(tmp_path / "c.git", origin=address, access=right)
    with pytest.raises(OriginUnreachable, match="certificate"):
        clone.fetch()
    assert server.came == []
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    pushed(clone)
    assert server.rights == {WRITES}


def test_secrets_are_kept_out_of_how_they_are_shown(backend: Backend) -> None:
    right = access(backend, WRITES)
    right.secrets()
    assert WRITES not in repr(right)
    assert base64.b64encode(WRITES.encode()).decode() not in repr(right)
    shown: Mapping[str, str] = os.environ
    assert "GIT_CONFIG_COUNT" not in shown
