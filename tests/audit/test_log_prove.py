"""Does one entry leave the product with all that somebody else needs to check it alone?"""

import uuid
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client

from audit import sequencer
from audit.keys import ring
from audit.models import Checkpoint, Entry
from tests.audit.copies import judge, told
from tests.audit.entries import NOW, as_the_owner_of_the_database, write

pytestmark = pytest.mark.django_db(transaction=True)


def prove(uid: object, *options: str) -> str:
    out = StringIO()
    call_command("log-prove", str(uid), *options, stdout=out)
    return out.getvalue()


def key() -> str:
    return str(ring.pinned(ring.folder())[0])


def test_a_proof_is_judged_without_the_log(tmp_path: Path) -> None:
    for count in (255, 2, 40):
        entries = write(count)
        sequencer.seal(NOW)
    for entry in (entries[0], entries[-1], Entry.objects.order_by("id")[0]):
        path = tmp_path / f"{entry.uid}.tlog-proof"
        prove(entry.uid, "--out", str(path))
        found = told(path, "--log-key", key())
        assert (found["exit"], found["counts"]["signatures"]) == (0, 1)
        assert str(entry.uid) in judge(path, "--log-key", key()).said


def test_a_proof_is_one_that_others_read(tmp_path: Path) -> None:
    [entry] = write(1)
    sequencer.seal(NOW)
    head, _, note = prove(entry.uid).partition("\n\n")
    assert head.split("\n")[0] == "c2sp.org/tlog-proof@v1"
    assert head.split("\n")[1].startswith("extra ")
    assert head.split("\n")[2] == f"index {entry.leaf.index}"
    assert note == Checkpoint.objects.order_by("-size")[0].note


def test_an_entry_that_waits_or_is_not_there_has_no_proof(tmp_path: Path) -> None:
    [entry] = write(1)
    with pytest.raises(CommandError, match="not sealed yet"):
        prove(entry.uid)
    for uid in (uuid.UUID(int=1), "nonsense", ""):
        with pytest.raises(CommandError, match="There is no entry"):
            prove(uid)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    [entry] = write(1)
    sequencer.seal(NOW)
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(CommandError, match="was not written"):
        prove(entry.uid, "--out", str(tmp_path / "mine"))
    assert (tmp_path / "mine").read_text() == "mine"


def test_an_entry_that_was_changed_has_no_proof_any_more(client: Client) -> None:
    [entry, _] = write(2)
    sequencer.seal(NOW)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute(
            "UPDATE audit_entry SET body = replace(body, 'ada', 'eve') WHERE id = %s", [entry.pk]
        )
        with pytest.raises(CommandError, match="was changed"):
            prove(entry.uid)


def test_the_page_of_an_entry_offers_its_proof_as_a_file(client: Client, tmp_path: Path) -> None:
    user = User.objects.create_user("grace")
    user.groups.add(Group.objects.get(name="viewer"))
    [entry] = write(1)
    client.force_login(user)
    assert client.get(f"/audit/entries/{entry.uid}/proof/").status_code == 409
    sequencer.seal(NOW)
    assert "Download proof" in client.get(f"/audit/entries/{entry.uid}/").content.decode()
    answer = client.get(f"/audit/entries/{entry.uid}/proof/")
    assert f'filename="{entry.uid}.tlog-proof"' in answer["Content-Disposition"]
    path = tmp_path / "proof"
    path.write_bytes(answer.content)
    assert judge(path, "--log-key", key()).code == 0
    assert client.get(f"/audit/entries/{uuid.UUID(int=1)}/proof/").status_code == 404
    client.logout()
    client.force_login(User.objects.create_user("eve"))
    assert client.get(f"/audit/entries/{entry.uid}/proof/").status_code == 403
