"""Does the command say for each place what came of it, with an exit code to act on?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit import sequencer
from audit.anchors.file import CheckpointFile
from audit.keys import ring
from audit.models import Anchor, Head
from tests.audit.entries import NOW, as_the_owner_of_the_database, write
from tests.selfimprove.publishing_for_tests import only

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Iterator[CheckpointFile]:
    made = CheckpointFile(tmp_path / "checkpoint")
    with only(made):
        yield made


def run(*options: str) -> tuple[int, str]:
    out = StringIO()
    code: object = 0
    try:
        call_command("log-publish", *options, stdout=out)
    except SystemExit as ended:
        code = ended.code
    assert isinstance(code, int)
    return code, out.getvalue()


@pytest.mark.parametrize("option", [[], ["--check"]], ids=["now", "check"])
def test_an_empty_log_has_nothing_to_publish(file: CheckpointFile, option: list[str]) -> None:
    assert run(*option) == (0, "There is nothing to publish: no entry has been sealed yet.\n")


def test_it_publishes_now_whatever_the_clock_says(file: CheckpointFile) -> None:
    write(3)
    assert run() == (0, f"  ✓ {file.title}: published 3 leaves at {file.path}\n")
    write(1)
    code, _ = run()
    assert (code, Anchor.objects.count()) == (0, 2)


def test_a_look_publishes_nothing(file: CheckpointFile) -> None:
    write(3, at=timezone.now())
    sequencer.seal(timezone.now())
    code, text = run("--check")
    assert (code, "it states 0 leaves" in text) == (0, True)
    assert not file.path.exists()
    run()
    assert "it states 3 leaves since " in run("--check")[1]


def test_a_place_that_is_late_ends_with_2(file: CheckpointFile) -> None:
    write(3)
    sequencer.seal(NOW)
    code, text = run("--check")
    assert code == 2
    assert f"! {file.title}: it states 0 leaves, and is late" in text


def test_a_place_that_cannot_be_used_ends_with_2(file: CheckpointFile) -> None:
    write(3)
    file.path.mkdir()
    assert run()[0] == 2
    code, text = run("--check")
    assert code == 2
    assert "Is a directory" in text


@pytest.mark.parametrize("option", [[], ["--check"]], ids=["now", "check"])
def test_a_place_that_contradicts_ends_with_1(file: CheckpointFile, option: list[str]) -> None:
    write(3)
    run()
    text = file.path.read_text()
    file.path.write_text(text.replace("\n3\n", "\n9\n"))
    code, told = run(*option)
    assert code == 1
    assert "✗" in told
    assert "it states 9 leaves since" in told


def test_what_was_put_back_is_told_below_its_place(file: CheckpointFile) -> None:
    write(3)
    run()
    file.path.unlink()
    code, text = run()
    assert code == 0
    assert "the file was gone, although 3 had been written to it" in text


def test_a_broken_log_is_not_published_and_ends_with_3(file: CheckpointFile) -> None:
    write(3)
    run()
    Head.objects.update(size=2)
    write(1)
    with pytest.raises(CommandError, match="could not be published") as refused:
        run()
    assert refused.value.returncode == 3


def test_a_key_that_is_missing_is_named_and_ends_with_3(file: CheckpointFile) -> None:
    write(1)
    ring.folder().remove("log.key")
    with pytest.raises(CommandError, match=r"log\.key is missing.* from a backup") as refused:
        call_command("log-publish", stdout=StringIO())
    assert refused.value.returncode == 3
    assert not file.path.exists()


def test_a_mistake_on_the_command_line_and_a_database_that_is_away_end_with_3(
    tmp_path: Path,
) -> None:
    for option, url, words in (
        ("--chek", "", "log-publish --help"),
        ("--check", f"sqlite:///{tmp_path}/empty.sqlite3", "no such table"),
    ):
        done = subprocess.run(
            [sys.executable, "manage.py", "log-publish", option],
            cwd=Path(__file__).parents[2],
            env={
                **os.environ,
                "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR),
                **({"DATABASE_URL": url} if url else {}),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 3
        assert words in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.django_db(transaction=True)
def test_the_columns_of_an_anchor_are_those_of_its_note(file: CheckpointFile) -> None:
    write(3)
    run()
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_anchor SET note = 'hello'")
    code, text = run()
    assert code == 1
    assert "something that is no checkpoint" in text


@pytest.mark.parametrize("option", [[], ["--check"]], ids=["now", "check"])
def test_what_is_not_ours_ends_with_1(file: CheckpointFile, option: list[str]) -> None:
    write(3)
    sequencer.seal(NOW)
    file.path.write_text("mine")
    assert run(*option) == (
        1,
        f"  ✗ {file.title}: it holds something that is no checkpoint: it has fewer than three"
        " lines\n",
    )
