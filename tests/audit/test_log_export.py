"""Does a copy of the log leave the product whole or not at all, and judge itself rightly?"""

import errno
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.http import StreamingHttpResponse
from django.test import Client

from audit import sequencer
from audit.events import Event
from audit.keys import ring
from audit.log import Actor
from audit.models import Checkpoint, Entry
from audit.offline import writing
from audit.offline.copies import SUMS, VERIFIER, Copy, NotCopied, Tree
from audit.offline.tiles import File
from tests.audit.copies import judge, told
from tests.audit.entries import NOW, PERSON, as_the_owner_of_the_database, id_at, write

pytestmark = pytest.mark.django_db(transaction=True)


def sealed(count: int, **given: str) -> list[Entry]:
    made = write(count, **given)
    sequencer.seal(NOW)
    return made


def export(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("log-export", str(folder), *options, stdout=out)
    return out.getvalue()


def key() -> str:
    return str(ring.pinned(ring.folder())[0])


def test_a_copy_is_judged_as_it_was_recorded_by_the_program_in_it(tmp_path: Path) -> None:
    for count in (3, 254, 50):
        sealed(count)
    said = export(tmp_path / "new" / "copy")
    assert "307 entries" in said
    copy = tmp_path / "new" / "copy"
    found = told(copy, "--log-key", key())
    assert (found["exit"], found["size"]) == (0, 307)
    assert found["counts"]["signatures"] == 307
    assert found["counts"]["checkpoints"] == Checkpoint.objects.count() + 1
    done = subprocess.run(
        [sys.executable, "-I", VERIFIER, "."],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "As it was recorded and signed." in done.stdout


def test_an_entry_tells_who_took_which_copy(tmp_path: Path) -> None:
    sealed(3)
    said = export(tmp_path / "copy", "--with-payloads")
    entry = Entry.objects.get(event=Event.LOG_EXPORTED)
    assert str(entry.uid) in said
    last = Checkpoint.objects.order_by("-size")[0]
    sums = (tmp_path / "copy" / SUMS).read_bytes()
    assert entry.facts == {
        "size": last.size,
        "root": last.root,
        "sums": hashlib.sha256(sums).hexdigest(),
        "payloads": True,
        "way": "folder",
    }
    assert last.size == 3  # the entry about a copy is not in it


def test_the_sums_are_those_of_every_other_file(tmp_path: Path) -> None:
    sealed(300)
    export(tmp_path / "copy")
    lines = (tmp_path / "copy" / SUMS).read_text().splitlines()
    found = {line[66:]: line[:64] for line in lines}
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert found == {
        str(path.relative_to(tmp_path / "copy")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != SUMS
    }


def test_texts_beside_the_entries_go_along_only_when_asked_for(tmp_path: Path) -> None:
    sealed(2, reason="Ada's reason, with ü")
    export(tmp_path / "without")
    assert not (tmp_path / "without" / "payloads").exists()
    assert "reason, with" not in _everything(tmp_path / "without")
    export(tmp_path / "with", "--with-payloads")
    found = told(tmp_path / "with")
    assert (found["exit"], found["counts"]["payloads given"]) == (0, 2)
    rows = (tmp_path / "with" / "payloads/000.p/2").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["text"] for row in rows] == ["Ada's reason, with ü"] * 2


def test_a_folder_with_anything_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    sealed(3)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").write_text("mine")
    with pytest.raises(CommandError, match="is not empty"):
        export(tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["mine"]
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CommandError, match="is there and no folder"):
        export(tmp_path / "file")
    assert not Entry.objects.filter(event=Event.LOG_EXPORTED).exists()
    (tmp_path / "empty").mkdir()
    export(tmp_path / "empty")
    assert judge(tmp_path / "empty").code == 0


def test_an_empty_log_cannot_be_copied(tmp_path: Path) -> None:
    Entry.objects.exists()
    if Checkpoint.objects.exists():
        pytest.skip("something sealed entries already")
    with pytest.raises(CommandError, match="nothing is sealed yet"):
        export(tmp_path / "copy")
    assert list(tmp_path.glob("*copy*")) == []


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()]
)
def test_whatever_stops_it_nothing_half_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    sealed(3)
    files = Copy._files

    def stopping(self: Copy) -> Iterator[File]:
        for number, file in enumerate(files(self)):
            if number == 6:
                raise error
            yield file

    monkeypatch.setattr(Copy, "_files", stopping)
    with pytest.raises(CommandError) as told:
        export(tmp_path / "copy")
    expected = "No space left" if isinstance(error, OSError) else "nothing is left of it"
    assert expected in str(told.value)
    assert told.value.returncode == (1 if isinstance(error, OSError) else 130)
    assert [path for path in tmp_path.iterdir() if path.name != "data"] == []
    assert not Entry.objects.filter(event=Event.LOG_EXPORTED).exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    sealed(3)
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="was not written"):
        export(tmp_path / "file" / "copy")


def test_a_copy_of_a_log_that_was_changed_shows_it(tmp_path: Path) -> None:
    entries = sealed(5)
    changed = id_at(2)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute(
            "UPDATE audit_entry SET body = replace(body, 'ada', 'eve') WHERE id = %s", [changed]
        )
        export(tmp_path / "copy")
    [(where, what)] = told(tmp_path / "copy")["wrong"]
    assert where == "leaf 2"
    assert str(entries[2].uid) in what


def test_a_signature_that_was_taken_away_shows_in_a_copy(tmp_path: Path) -> None:
    sealed(5)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_entry SET signature = '' WHERE id = %s", [id_at(2)])
        export(tmp_path / "copy")
    assert told(tmp_path / "copy")["wrong"][0][0] == "leaf 2"


def test_a_log_with_a_hole_is_not_copied_and_the_place_is_named(tmp_path: Path) -> None:
    sealed(5)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute('DELETE FROM audit_leaf WHERE "index" = 3')
        with pytest.raises(CommandError, match="leaf 3 or its entry is gone"):
            export(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_what_is_sealed_meanwhile_does_not_change_a_copy(tmp_path: Path) -> None:
    sealed(300)
    copy = Copy(Tree.newest(), payloads=False)
    files = copy.files()
    first = [next(files) for _ in range(3)]
    sealed(300)
    for file in [*first, *files]:
        path = tmp_path / "copy" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    found = told(tmp_path / "copy")
    assert (found["exit"], found["size"]) == (0, 300)


@pytest.fixture
def taker(client: Client) -> Client:
    user = User.objects.create_user("grace")
    for name in ("verify_log", "export_log", "view_entry"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)
    sequencer.seal(NOW)
    return client


def body(answer: object) -> bytes:
    assert isinstance(answer, StreamingHttpResponse)
    content = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    answer.close()
    return content


def test_a_download_is_a_tar_that_judges_itself(taker: Client, tmp_path: Path) -> None:
    sealed(300, reason="Ada's reason")
    assert "Download the copy" in taker.get("/audit/verify/").content.decode()
    answer = taker.post("/audit/copy/")
    size = Checkpoint.objects.order_by("-size")[0].size
    assert answer["Content-Disposition"] == f'attachment; filename="selfimprove-log-{size}.tar"'
    with tarfile.open(fileobj=io.BytesIO(body(answer))) as tar:
        tar.extractall(tmp_path / "out", filter="data")
    copy = tmp_path / "out" / f"selfimprove-log-{size}"
    assert told(copy, "--log-key", key())["exit"] == 0
    assert "Ada's reason" not in _everything(copy)
    assert os.access(copy / VERIFIER, os.X_OK)
    entry = Entry.objects.get(event=Event.LOG_EXPORTED)
    assert (entry.who, entry.facts["way"], entry.facts["size"]) == ("grace", "download", size)


def test_one_copy_is_sent_at_a_time_and_the_next_once_it_has_ended(taker: Client) -> None:
    sealed(3)
    first = taker.post("/audit/copy/")
    second = taker.post("/audit/copy/")
    assert second.status_code == 409
    assert "another copy is being sent" in second.content.decode()
    first.close()  # the reader went away
    first.close()
    assert body(taker.post("/audit/copy/"))
    assert Entry.objects.filter(event=Event.LOG_EXPORTED).count() == 2


def test_a_log_that_is_too_large_for_a_page_is_not_sent(
    taker: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(3)
    monkeypatch.setattr(writing, "MOST_TO_SEND", 2)
    answer = taker.post("/audit/copy/")
    assert answer.status_code == 409
    assert "log-export" in answer.content.decode()
    assert not Entry.objects.filter(event=Event.LOG_EXPORTED).exists()


def test_a_copy_is_for_whom_may_take_it_and_asked_for_with_a_button(
    taker: Client, client: Client
) -> None:
    assert taker.get("/audit/copy/").status_code == 405
    client.force_login(User.objects.create_user("eve"))
    assert client.post("/audit/copy/").status_code == 403


def test_nothing_is_copied_without_the_keys_of_the_log(tmp_path: Path) -> None:
    sealed(3)
    shutil.rmtree(ring.folder().path)
    with pytest.raises((CommandError, NotCopied)):
        writing.write(tmp_path / "copy", payloads=False, actor=Actor.system("test"), at=NOW)
    assert not (tmp_path / "copy").exists()
    assert PERSON.id == "ada"


def _everything(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    return "".join(texts)
