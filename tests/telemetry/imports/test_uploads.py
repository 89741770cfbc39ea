"""Does what a browser sends lie where only we can read it, under a name that does no harm?"""

import errno
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadhandler import SkipFile
from django.test import Client
from django.utils import timezone

from targets.models import Target
from telemetry import tasks
from telemetry.imports import uploads
from telemetry.imports.records import Import, root
from telemetry.models import Event
from tests.factories import make_user
from tests.telemetry.imports.bring import PAGE, hand_in, latest, left, lines, turn
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db

NAMES = [
    ("../../x", "x"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("/etc/passwd", "passwd"),
    (".hidden", "hidden"),
    ("...", "file"),
    ("", "file"),
    ("a\0b\n.jsonl", "a_b_.jsonl"),
    ("<script>.json", "_script_.json"),
    ("журнал.jsonl.gz", "журнал.jsonl.gz"),
    ("../..", "file"),
]


@pytest.fixture
def operator(client: Client) -> Client:
    add_target()
    client.force_login(make_user("operator"))
    return client


@pytest.mark.parametrize(("given", "kept"), NAMES)
def test_of_a_name_only_a_name_is_kept(given: str, kept: str) -> None:
    assert uploads.safe_name(given) == kept


@pytest.mark.parametrize(
    "name", ["x" * 5000 + ".jsonl", "ж" * 300, "a." + "b" * 999, "." * 999 + "a"]
)
def test_a_name_of_any_length_can_be_written(name: str, tmp_path: Path) -> None:
    safe = uploads.safe_name(name)
    (tmp_path / safe).write_text("")
    assert safe == name or len(safe.encode()) <= 161


def body_of(name: str, content: bytes, mark: str) -> bytes:
    """Write a form as a browser does, with exactly this name, which Django's client would tidy."""
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{{}}"{{}}\r\n\r\n{{}}'
    before = head.format("format", "", "auto\r\n") + head.format("act", "", "bring\r\n")
    file = head.format("upload", f'; filename="{name}"', "")
    after = "\r\n" + head.format("end", "", f"1\r\n--{mark}--\r\n")
    return before.encode() + file.encode() + content + after.encode()


def raw(operator: Client, name: str, content: bytes, *, cut: int = 0) -> int:
    """Send a file, perhaps without the last bytes of the form."""
    sent = body_of(name, content, "XbordeR")
    kind = "multipart/form-data; boundary=XbordeR"
    answer = operator.post(f"{PAGE}files/", sent[: len(sent) - cut], content_type=kind)
    return answer.status_code


@pytest.mark.parametrize("cut", [80, 120, 400])
def test_an_upload_that_is_cut_off_is_not_taken_for_a_whole_one(
    operator: Client, cut: int
) -> None:
    assert raw(operator, "a.jsonl", lines(9), cut=cut) == 422
    assert left() == []
    assert Import.objects.count() == 0
    assert raw(operator, "a.jsonl", lines(9)) == 302


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/passwd", "a/../../../b.jsonl", "c:\\x\\y.jsonl"]
)
def test_a_name_leads_nowhere_but_into_our_folder(
    operator: Client, name: str, data_folder: Path
) -> None:
    before = set(data_folder.parent.rglob("*"))
    assert raw(operator, name, lines(2)) == 302
    new = set(data_folder.parent.rglob("*")) - before
    assert all(path == root() or root() in path.parents for path in new)
    turn()
    assert Event.objects.count() == 2


@pytest.mark.parametrize("name", ["..", ".", ""])
def test_a_name_that_is_none_is_no_file(operator: Client, name: str) -> None:
    assert raw(operator, name, lines(2)) == 422
    assert left() == []


def test_an_upload_is_readable_by_its_owner_only(operator: Client) -> None:
    was = os.umask(0)
    try:
        hand_in(operator, ("a.jsonl", lines(2)), ("a.jsonl", lines(2, first=5)))
    finally:
        os.umask(was)
    assert len(left()) == 2  # the same name twice is two files
    for path in left():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for folder in (path.parent, path.parent.parent, root()):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_files_in_another_field_are_not_kept(operator: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {"format": "auto", "avatar": SimpleUploadedFile("a.jsonl", lines(2))}
    assert operator.post(f"{PAGE}files/", sent).status_code == 422
    assert left() == []


class FullDisk(uploads.Landing):
    """A disk that takes nothing more after its first bytes."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Fail as a full disk does."""
        if self._out is not None:
            self._out.close()
            self._out = open("/dev/full", "wb", buffering=0)  # noqa: SIM115, PTH123
        super().receive_data_chunk(raw_data, start)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full disk at hand")
def test_a_full_disk_is_said_and_not_a_crash(data_folder: Path) -> None:
    landing = FullDisk(1_000_000)
    landing.new_file("upload", "a.jsonl", "text/plain", 100)
    with pytest.raises(SkipFile):
        landing.receive_data_chunk(b"x" * 100, 0)
    assert os.strerror(errno.ENOSPC) in landing.fault
    assert landing.pieces == []


def test_what_nobody_brings_in_is_deleted_by_the_housekeeping(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(2)), act="look")
    turn()
    stray = root() / "0123abcd"
    stray.mkdir()
    (stray / "x").write_text("left by a web process that was killed")
    tasks.expire()
    assert len(left()) == 2  # a day is not over
    past = timezone.now() - timedelta(days=2)
    Import.objects.update(ended_at=past)
    for folder in root().iterdir():
        os.utime(folder, (past.timestamp(), past.timestamp()))
    tasks.expire()
    assert left() == []
    assert not latest().is_held


def test_the_housekeeping_leaves_what_still_waits(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(2)))
    past = (timezone.now() - timedelta(days=5)).timestamp()
    for folder in root().iterdir():
        os.utime(folder, (past, past))
    tasks.expire()
    turn()
    assert Event.objects.count() == 2


def test_other_files_let_go_of_the_ones_that_were_held(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(2)), act="look")
    turn()
    hand_in(operator, ("b.jsonl", lines(2)), act="look")
    assert [path.name for path in left()] == ["b.jsonl"]
    turn()
    Target.objects.all().delete()
    assert Import.objects.count() == 0
