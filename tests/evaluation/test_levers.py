"""Is each permitted setting found where it stands, and moved without touching anything else?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from evaluation.rules.levers import Levers, key_for, unified
from evaluation.rules.remedies import NoRemedy
from targets.repository import Repository
from tests.factories import FILES, make_target
from validation import parameters

pytestmark = pytest.mark.django_db


def levers(tmp_path: Path, files: Mapping[str, str]) -> tuple[Levers, Repository, str]:
    target = make_target(tmp_path, files=files)
    repository = Repository.of(target)
    return (
        Levers.of(repository, target.head_commit, parameters.load()),
        repository,
        target.head_commit,
    )


def test_only_whitelisted_values_of_whitelisted_files_are_found(tmp_path: Path) -> None:
    other = {"other/tools.yaml": "tools:\n  x:\n    timeout_ms: 1\n"}
    extra = {"config/tools.yml": "tools:\n  z:\n    timeout_ms: 100\n    secret_ms: 5\n"}
    found, _, _ = levers(tmp_path, {**FILES, **other, **extra})
    assert {(lever.path, lever.key) for lever in found.found} == {
        ("config/tools.yaml", "tools.web_search.timeout_ms"),
        ("config/tools.yaml", "tools.web_search.retries"),
        ("config/tools.yaml", "tools.calendar.timeout_ms"),
        ("config/tools.yaml", "tools.calendar.retries"),
        ("config/tools.yml", "tools.z.timeout_ms"),
        ("config/schedule.yaml", "tasks.digest.retries"),
        ("config/schedule.yaml", "tasks.digest.retry_delay_ms"),
    }


def test_moving_a_setting_changes_one_line_that_git_accepts(tmp_path: Path) -> None:
    text = "# kept\ntools:\n  web_search:\n    timeout_ms: 400  # why\n    retries: 0"
    found, repository, commit = levers(tmp_path, {"config/tools.yaml": text})
    change = repository.apply(commit, found.at("tools.web_search.timeout_ms").moved_to(650))
    assert [(file.added, file.removed) for file in change.files] == [(1, 1)]
    assert repository.read(change.tree, "config/tools.yaml").decode() == text.replace("400", "650")


def test_the_last_line_without_an_end_can_be_moved_too(tmp_path: Path) -> None:
    text = "tools:\n  web_search:\n    timeout_ms: 400"
    found, repository, commit = levers(tmp_path, {"config/tools.yaml": text})
    change = repository.apply(commit, found.at("tools.web_search.timeout_ms").moved_to(650))
    assert repository.read(change.tree, "config/tools.yaml").decode() == text.replace("400", "650")


@pytest.mark.parametrize(
    ("value", "told"),
    [(20000, "lies outside"), (651, "not on the grid"), (4000, "one change may move it by 2000")],
)
def test_a_value_that_is_not_permitted_is_never_written(
    tmp_path: Path, value: int, told: str
) -> None:
    found, _, _ = levers(tmp_path, FILES)
    with pytest.raises(NoRemedy, match=told):
        found.at("tools.web_search.timeout_ms").moved_to(value)


def test_a_value_that_other_places_share_is_left_alone(tmp_path: Path) -> None:
    text = "tools:\n  a: &a\n    timeout_ms: &t 400\n  b:\n    timeout_ms: *t\n"
    found, _, _ = levers(tmp_path, {"config/tools.yaml": text})
    with pytest.raises(NoRemedy):
        found.at("tools.a.timeout_ms").moved_to(650)


def test_a_missing_setting_is_told_by_its_key(tmp_path: Path) -> None:
    found, _, _ = levers(tmp_path, FILES)
    with pytest.raises(NoRemedy, match=r"has a setting tools\.mailer\.timeout_ms"):
        found.at("tools.mailer.timeout_ms")


def test_a_setting_in_two_files_is_nobodys_to_move(tmp_path: Path) -> None:
    twice = {"config/tools.yml": FILES["config/tools.yaml"]}
    found, _, _ = levers(tmp_path, {**FILES, **twice})
    with pytest.raises(NoRemedy, match="stands in several files"):
        found.at("tools.web_search.timeout_ms")


def test_a_file_that_cannot_be_read_holds_no_settings(tmp_path: Path) -> None:
    broken = {"config/tools.yml": "tools: [", "config/schedule.yml": "tasks:\n\t- x"}
    found, _, _ = levers(tmp_path, {**FILES, **broken})
    assert {lever.path for lever in found.found} == {"config/tools.yaml", "config/schedule.yaml"}


@pytest.mark.parametrize(
    ("component", "key"),
    [
        ("web_search", "tools.web_search.retries"),
        ("memory.write", 'tools."memory.write".retries'),
        ("two words", 'tools."two words".retries'),
        ("", 'tools."".retries'),
    ],
)
def test_a_component_is_one_step_of_a_key(component: str, key: str) -> None:
    assert key_for("tools.{component}.retries", component) == key


def test_equal_texts_differ_in_nothing() -> None:
    assert unified("a.yaml", "x: 1\n", "x: 1\n") == ""
