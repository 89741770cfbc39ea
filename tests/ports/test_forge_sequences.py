"""Whatever is asked of the local forge, in whatever order and by however many: does it add up?"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ports.forge import PermanentError, PullRequest, State, TemporaryError
from ports.forge.local import PULLS, LocalForge
from ports.git import Git
from tests.ports.origins import AT, commit, make_bare, sha

BRANCHES = 3
ACTS = st.lists(
    st.tuples(st.sampled_from(["open", "merge", "close", "push"]), st.integers(0, BRANCHES - 1)),
    max_size=12,
)


def make_origin(place: Path) -> Git:
    """Return an origin with branches that each change a file of their own."""
    git = make_bare(place, {f"{n}.txt": "begin\n" for n in range(BRANCHES)})
    base = sha(git, "main")
    for number in range(BRANCHES):
        commit(git, f"work-{number}", {f"{number}.txt": "changed\n"}, start=base)
    return git


class World:
    """An origin, its forge, and what should be true of them."""

    def __init__(self, place: Path) -> None:
        self.git = make_origin(place)
        self.forge = LocalForge(place)
        self.pushes = 0
        self.merges: dict[int, str] = {}

    def open(self, number: int) -> None:
        branch = f"work-{number}"
        before = self.forge.find(branch)
        try:
            pull = self.forge.open(branch, "main", "t", "b")
        except PermanentError:
            assert self.contains("main", branch)
            return
        if before and before.state == State.OPEN:
            assert pull == before
        assert pull.head == sha(self.git, branch)

    def merge(self, number: int) -> None:
        pull = self.forge.find(f"work-{number}")
        if pull is None:
            return
        if pull.state == State.CLOSED:
            with pytest.raises(PermanentError):
                self.forge.merge(pull.number, pull.head, "Merge", AT)
            return
        done = self.forge.merge(pull.number, pull.head, "Merge", AT)
        assert self.merges.setdefault(pull.number, done) == done

    def close(self, number: int) -> None:
        pull = self.forge.find(f"work-{number}")
        if pull and pull.state == State.OPEN:
            self.forge.close(pull.number)
            assert self.forge.status(pull.number).state == State.CLOSED

    def push(self, number: int) -> None:
        self.pushes += 1
        commit(self.git, f"work-{number}", {f"{number}.txt": f"push {self.pushes}\n"})

    def contains(self, whole: str, part: str) -> bool:
        question = ("merge-base", "--is-ancestor", part, whole)
        return self.git.run(*question, accept=(0, 1)).code == 0

    def pulls(self) -> list[PullRequest]:
        names = self.git.text("for-each-ref", "--format=%(refname:lstrip=3)", PULLS).split()
        return [self.forge.status(int(name)) for name in names]

    def adds_up(self) -> None:
        pulls = self.pulls()
        numbers = sorted(pull.number for pull in pulls)
        assert numbers == list(range(1, len(pulls) + 1))
        for pull in pulls:
            if pull.state == State.MERGED:
                assert self.contains("main", pull.head)
                assert self.merges.get(pull.number) == pull.merge_commit
        opened = [pull.branch for pull in pulls if pull.state == State.OPEN]
        assert len(opened) == len(set(opened))
        merged = self.git.text("rev-list", "--count", "--merges", "main")
        assert int(merged) == len(set(self.merges.values()))


@settings(max_examples=12, deadline=None, database=None)
@given(acts=ACTS)
def test_any_order_of_acts_adds_up(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]]
) -> None:
    world = World(tmp_path_factory.mktemp("world") / "origin.git")
    for act, number in acts:
        getattr(world, act)(number)
    world.adds_up()


def test_merges_at_the_same_time_all_land_one_after_the_other(tmp_path: Path) -> None:
    world = World(tmp_path / "origin.git")
    for number in range(BRANCHES):
        world.open(number)

    def merge(number: int) -> str:
        forge = LocalForge(tmp_path / "origin.git")
        pull = forge.status(number)
        return forge.merge(number, pull.head, "Merge", AT)

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(merge, [1, 2, 3, 1, 2, 3]))
    assert done[:3] == done[3:]
    assert len(set(done)) == BRANCHES
    for number in range(BRANCHES):
        assert world.git.text("show", f"main:{number}.txt") == "changed"


def test_a_ref_that_cannot_be_written_is_a_failure_that_may_pass(tmp_path: Path) -> None:
    world = World(tmp_path / "origin.git")
    world.open(0)
    head, before = sha(world.git, "work-0"), sha(world.git, "main")
    objects = tmp_path / "origin.git" / "objects"
    objects.rename(tmp_path / "objects")
    with pytest.raises(TemporaryError):
        world.forge.merge(1, head, "Merge", AT)
    (tmp_path / "objects").rename(objects)
    assert sha(world.git, "main") == before
    assert world.forge.status(1).state == State.OPEN
    assert world.forge.merge(1, head, "Merge", AT) == sha(world.git, "main")
