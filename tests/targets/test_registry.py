"""Is the state of a repository told in words, whatever is the matter with it?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.log import Actor
from audit.models import Entry
from ports.forge.github.options import GitHub
from targets import registry, tasks
from targets.models import State, Target
from targets.repository import Repository
from tests.targets.origins import AT, make_origin

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("test")


def add(origin: Path | str, **fields: str) -> Target:
    return registry.add(
        slug="gateway", name="Gateway", origin=str(origin), actor=ACTOR, at=AT, **fields
    )


def test_a_new_target_is_recorded_and_waits_to_be_looked_at(tmp_path: Path) -> None:
    target = add(tmp_path / "origin.git")
    assert target.state == State.NEW
    assert target.state_detail
    entry = Entry.objects.get()
    assert (entry.event, entry.subject) == ("target.added", "target:gateway")


def test_a_reachable_repository_is_ready_at_its_head(tmp_path: Path, data_folder: Path) -> None:
    origin = make_origin(tmp_path / "origin.git")
    target = registry.refresh(add(origin.git_dir), AT)
    target.refresh_from_db()
    assert (target.state, target.head_commit) == (State.READY, origin.head("main"))
    assert target.fetched_at == AT
    assert origin.head("main")[:12] in target.state_detail
    assert (data_folder / "clones" / "gateway.git" / "HEAD").is_file()


def test_a_state_is_recorded_when_it_changes_and_only_then(tmp_path: Path) -> None:
    target = add(make_origin(tmp_path / "origin.git").git_dir)
    for minute in range(3):
        registry.refresh(target, AT + timedelta(minutes=minute))
    assert Entry.objects.filter(event="target.state_changed").count() == 1


def test_a_repository_that_cannot_be_reached_says_so_and_keeps_its_head(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git")
    target = registry.refresh(add(origin.git_dir), AT)
    head = target.head_commit
    origin.git_dir.rename(tmp_path / "moved.git")
    registry.refresh(target, AT)
    assert (target.state, target.head_commit) == (State.UNREACHABLE, head)
    assert "does not appear to be a git repository" in target.state_detail
    assert "Check the path" in target.state_detail
    (tmp_path / "moved.git").rename(origin.git_dir)
    assert registry.refresh(target, AT).state == State.READY


def test_a_broken_clone_of_ours_is_a_state_too(tmp_path: Path, data_folder: Path) -> None:
    target = add(make_origin(tmp_path / "origin.git").git_dir)
    (data_folder / "clones").mkdir(parents=True)
    (data_folder / "clones" / "gateway.git").write_text("not a folder")
    registry.refresh(target, AT)
    assert target.state == State.UNREACHABLE
    assert "Our own clone" in target.state_detail


def test_an_empty_repository_says_what_to_do(tmp_path: Path) -> None:
    target = registry.refresh(add(make_origin(tmp_path / "origin.git", {}).git_dir), AT)
    assert target.state == State.EMPTY
    assert "Push the first one to main" in target.state_detail


def test_a_missing_branch_names_those_that_are_there(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git")
    target = registry.refresh(add(origin.git_dir, branch="trunk"), AT)
    assert target.state == State.EMPTY
    assert "no branch trunk. It has: main." in target.state_detail


def rewritten(tmp_path: Path) -> tuple[Target, Repository, str]:
    """Return a target whose origin was rewritten after it had been read."""
    origin = make_origin(tmp_path / "origin.git")
    target = registry.refresh(add(origin.git_dir), AT)
    first = origin.head("main")
    tree = origin.git.text("rev-parse", f"{first}^{{tree}}")
    other = origin.commit_tree(tree, [], "Begin again", AT)
    origin.update_ref("refs/heads/main", other, first)
    return registry.refresh(target, AT), origin, first


def test_a_rewritten_history_keeps_both_and_says_how_to_accept_it(tmp_path: Path) -> None:
    target, origin, first = rewritten(tmp_path)
    assert (target.state, target.head_commit) == (State.DIVERGED, first)
    assert "target accept --slug gateway" in target.state_detail
    clone = Repository.of(target)
    assert clone.head("main") == first
    assert clone.remote_head("main") == origin.head("main")


def test_an_accepted_history_becomes_ours_and_the_old_one_stays_aside(tmp_path: Path) -> None:
    target, origin, first = rewritten(tmp_path)
    registry.accept(target, actor=ACTOR, reason="We squashed.", at=AT)
    assert (target.state, target.head_commit) == (State.READY, origin.head("main"))
    assert list(Repository.of(target).refs("refs/selfimprove/replaced").values()) == [first]
    assert Entry.objects.get(event="target.divergence_accepted").reason == "We squashed."
    with pytest.raises(registry.NotDiverged):
        registry.accept(target, actor=ACTOR, reason="Again.", at=AT)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("origin", "https://bob:hunter2@git.example/x.git", "password or token"),
        ("origin", "https://0123456789abcdef0123456789@git.example/x", "password or token"),
        ("origin", "ext::sh -c date", "neither a path nor a URL"),
        ("origin", "--upload-pack=date", "neither a path nor a URL"),
        ("branch", "-d", "branch"),
        ("branch", "a b", "branch"),
        ("slug", "No Slug", "slug"),
        ("slug", "", "slug"),
        ("forge", "sourceforge", "forge"),
        ("forge", "github", r"forge: gateway: /srv/x\.git is no address at github\.com"),
    ],
)
def test_a_target_that_cannot_be_right_is_refused(field: str, value: str, words: str) -> None:
    fields = {"slug": "gateway", "name": "Gateway", "origin": "/srv/x.git", field: value}
    with pytest.raises(registry.BadTarget, match=words):
        registry.add(**fields, actor=ACTOR, at=AT)
    assert not Target.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("origin", "repositories"),
    [("/srv/x.git", {"gateway": "acme/agents"}), ("git@github.com:acme/agents.git", {})],
    ids=["by its setting", "by its origin"],
)
def test_a_target_on_github_says_which_repository_it_is(
    origin: str, repositories: dict[str, str], settings: LazySettings
) -> None:
    chosen = GitHub(repositories=repositories)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"github": chosen})
    fields = {"slug": "gateway", "name": "", "origin": origin, "forge": "github"}
    assert registry.add(**fields, actor=ACTOR, at=AT).forge == "github"
    assert Entry.objects.get(event="target.added").facts["forge"] == "github"


def test_the_same_slug_is_not_added_twice(tmp_path: Path) -> None:
    add(tmp_path)
    with pytest.raises(registry.BadTarget, match="already exists"):
        add(tmp_path)


def test_a_change_of_configuration_records_what_was_and_what_is(tmp_path: Path) -> None:
    target = add(tmp_path)
    target.branch = "trunk"
    registry.change(target, actor=ACTOR, at=AT)
    registry.change(target, actor=ACTOR, at=AT)
    entry = Entry.objects.get(event="target.changed")
    assert entry.facts == {"before": {"branch": "main"}, "after": {"branch": "trunk"}}


def test_a_changed_origin_is_looked_at_anew(tmp_path: Path) -> None:
    target = registry.refresh(add(make_origin(tmp_path / "origin.git").git_dir), AT)
    target.name = "Renamed"
    assert registry.change(target, actor=ACTOR, at=AT).state == State.READY
    target.origin = str(tmp_path / "other.git")
    registry.change(target, actor=ACTOR, at=AT)
    target.refresh_from_db()
    assert target.state == State.NEW


def test_the_tick_looks_at_every_target_and_counts_states(tmp_path: Path) -> None:
    assert tasks.refresh() == "no target yet"
    add(make_origin(tmp_path / "origin.git").git_dir)
    registry.add(slug="b", name="", origin=str(tmp_path / "none"), actor=ACTOR, at=AT)
    assert tasks.refresh() == "1 cannot be reached, 1 ready"
