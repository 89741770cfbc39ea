"""What lies somewhere for a while goes, also when whoever put it there is killed."""

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from ports import temporary


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def age(place: Path) -> None:
    then = time.time() - 2 * temporary.YOUNG_SECONDS
    os.utime(place, (then, then))


def left_by_a_killed_process(scratch: Path) -> Path:
    """Have a process make a folder with something in it, and die."""
    child = os.fork()
    if child == 0:
        with temporary.folder("test") as top:
            (top / "deep").mkdir()
            (top / "deep" / "file.txt").write_text("left")
            (top / "deep").chmod(0o500)
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (place,) = scratch.iterdir()
    return place


def test_it_is_gone_afterwards_also_after_an_error(scratch: Path) -> None:
    def use() -> None:
        with temporary.folder("test") as top:
            (top / "file.txt").write_text("x")
            assert top.parent == scratch
            raise RuntimeError

    with pytest.raises(RuntimeError):
        use()
    assert list(scratch.iterdir()) == []


def test_what_a_killed_process_left_is_swept_once_it_is_not_young(scratch: Path) -> None:
    place = left_by_a_killed_process(scratch)
    assert temporary.sweep() == 0
    age(place)
    assert temporary.sweep() == 1
    assert list(scratch.iterdir()) == []
    assert temporary.sweep() == 0


def test_what_is_in_use_stays_however_old_it_is(scratch: Path) -> None:
    with temporary.folder("test") as top:
        age(top)
        assert temporary.sweep() == 0
        assert top.is_dir()


def test_what_somebody_else_put_there_stays(scratch: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (scratch / f"{temporary.PREFIX}link").symlink_to(elsewhere)
    (scratch / f"{temporary.PREFIX}file").write_text("mine")
    (scratch / "selfimprove-demo-x").mkdir()
    for place in (scratch / f"{temporary.PREFIX}file", scratch / "selfimprove-demo-x", elsewhere):
        age(place)
    assert temporary.sweep() == 0
    assert len(list(scratch.iterdir())) == 3
    assert elsewhere.is_dir()
