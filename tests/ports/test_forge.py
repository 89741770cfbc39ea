"""Does every forge keep the contract?"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ports.forge import Forge, PermanentError, State
from ports.forge.local import LocalForge
from ports.git import Git
from tests.ports.github.clients import forge_of
from tests.ports.github.hub import Hub
from tests.ports.github.server import GitHub
from tests.ports.origins import AT, commit, make_bare, sha

TEN = "".join(f"line {n}\n" for n in range(10))


@pytest.fixture
def origin(tmp_path: Path) -> Git:
    git = make_bare(tmp_path / "origin.git", {"a.txt": TEN, "b.txt": TEN})
    commit(git, "work", {"a.txt": TEN.replace("line 1", "one")}, start=sha(git, "main"))
    return git


@pytest.fixture(params=["github", "local"])
def forges(request: pytest.FixtureRequest, origin: Git) -> Iterator[Callable[[], Forge]]:
    if request.param == "local":
        yield lambda: LocalForge(origin.git_dir)
        return
    with GitHub(Hub(origin)) as server:
        yield lambda: forge_of(server)
    assert server.wrong == []  # by GitHub's own description


@pytest.fixture
def forge(forges: Callable[[], Forge]) -> Forge:
    return forges()


def test_a_branch_without_a_pull_request_has_none(forge: Forge) -> None:
    assert forge.find("work") is None
    with pytest.raises(PermanentError, match="no pull request 1"):
        forge.status(1)


def test_opening_twice_gives_the_same_pull_request(forge: Forge, origin: Git) -> None:
    first = forge.open("work", "main", "Give it time", "Whole proposal — with ünïcode")
    assert (first.number, first.state, first.head) == (1, State.OPEN, sha(origin, "work"))
    assert forge.open("work", "main", "Other title", "Other body") == first
    assert forge.find("work") == forge.status(1) == first
    assert sha(origin, "refs/pull/1/head") == first.head


def test_many_who_open_at_once_get_one_pull_request(forges: Callable[[], Forge]) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = pool.map(lambda _: forges().open("work", "main", "t", "b").number, range(8))
    assert set(opened) == {1}


def test_numbers_are_never_used_twice(forge: Forge, origin: Git) -> None:
    forge.open("work", "main", "t", "b")
    forge.close(1)
    commit(origin, "more", {"c.txt": "c\n"}, start=sha(origin, "main"))
    assert forge.open("more", "main", "t", "b").number == 2
    assert forge.open("work", "main", "again", "b").number == 3


def test_a_merge_has_two_parents_and_repeats_as_the_same_commit(forge: Forge, origin: Git) -> None:
    base, head = sha(origin, "main"), sha(origin, "work")
    number = forge.open("work", "main", "t", "b").number
    merge = forge.merge(number, head, "Merge the work\n\nReviewed by alice", AT)
    assert sha(origin, "main") == merge
    assert origin.text("rev-list", "--parents", "-n1", merge).split()[1:] == [base, head]
    assert origin.text("log", "-1", "--format=%B", merge).startswith("Merge the work\n\nReviewed")
    assert forge.merge(number, head, "Another message", AT) == merge
    merged = forge.status(number)
    assert (merged.state, merged.merge_commit) == (State.MERGED, merge)
    assert forge.open("work", "main", "t", "b") == merged


def test_a_base_that_went_on_is_merged_when_the_changes_agree(forge: Forge, origin: Git) -> None:
    commit(origin, "main", {"b.txt": TEN.replace("line 8", "eight")})
    forge.open("work", "main", "t", "b")
    merge = forge.merge(1, sha(origin, "work"), "Merge", AT)
    assert "one" in origin.text("show", f"{merge}:a.txt")
    assert "eight" in origin.text("show", f"{merge}:b.txt")


def test_a_conflict_names_the_files_and_changes_nothing(forge: Forge, origin: Git) -> None:
    moved = commit(origin, "main", {"a.txt": TEN.replace("line 1", "uno")})
    forge.open("work", "main", "t", "b")
    with pytest.raises(PermanentError, match=r"a\.txt"):
        forge.merge(1, sha(origin, "work"), "Merge", AT)
    assert sha(origin, "main") == moved
    assert forge.status(1).state == State.OPEN


def test_a_branch_that_moved_after_the_approval_is_not_merged(forge: Forge, origin: Git) -> None:
    approved = forge.open("work", "main", "t", "b").head
    sneaked = commit(origin, "work", {"a.txt": "something else\n"})
    base = sha(origin, "main")
    with pytest.raises(PermanentError, match=sneaked[:12]):
        forge.merge(1, approved, "Merge", AT)
    assert sha(origin, "main") == base
    assert forge.status(1).head == sneaked


def test_a_closed_pull_request_stays_closed(forge: Forge, origin: Git) -> None:
    forge.open("work", "main", "t", "b")
    forge.close(1)
    forge.close(1)
    assert forge.status(1).state == State.CLOSED
    with pytest.raises(PermanentError, match="closed"):
        forge.merge(1, sha(origin, "work"), "Merge", AT)


def test_a_merged_pull_request_cannot_be_closed(forge: Forge, origin: Git) -> None:
    forge.open("work", "main", "t", "b")
    forge.merge(1, sha(origin, "work"), "Merge", AT)
    with pytest.raises(PermanentError, match="merged"):
        forge.close(1)


def test_the_head_stays_known_after_the_branch_is_deleted(forge: Forge, origin: Git) -> None:
    head = forge.open("work", "main", "t", "b").head
    merge = forge.merge(1, head, "Merge", AT)
    origin.run("update-ref", "-d", "refs/heads/work")
    assert forge.status(1).head == head
    assert forge.merge(1, head, "Merge", AT) == merge


def test_a_merge_by_hand_is_noticed(forge: Forge, origin: Git) -> None:
    head = forge.open("work", "main", "t", "b").head
    tree = sha(origin, "work^{tree}")
    by_hand = origin.run(
        "commit-tree", "-p", sha(origin, "main"), "-p", head, tree, stdin=b"By hand\n"
    ).text
    origin.run("update-ref", "refs/heads/main", by_hand)
    commit(origin, "main", {"c.txt": "later\n"})
    assert forge.status(1).state == State.MERGED
    assert forge.merge(1, head, "Merge", AT) == by_hand


@pytest.mark.parametrize(("branch", "base"), [("nowhere", "main"), ("work", "nowhere")])
def test_a_branch_that_is_not_there_is_refused(forge: Forge, branch: str, base: str) -> None:
    with pytest.raises(PermanentError, match="nowhere: push it first"):
        forge.open(branch, base, "t", "b")


def test_a_branch_with_nothing_new_is_refused(forge: Forge, origin: Git) -> None:
    origin.run("update-ref", "refs/heads/same", sha(origin, "main"))
    with pytest.raises(PermanentError, match="nothing that main does not have"):
        forge.open("same", "main", "t", "b")
