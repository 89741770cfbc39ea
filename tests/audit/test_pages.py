"""Can an auditor find an entry, read its story and see its proof, and nobody else anything?"""

import uuid
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from audit import sequencer, tasks
from audit.anchors import publishing, standing
from audit.anchors.file import CheckpointFile
from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from audit.proofs import proof_of
from tests.audit.entries import NOW, as_the_owner_of_the_database, write
from tests.selfimprove.publishing_for_tests import only

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> Client:
    user = User.objects.create_user("grace")
    wanted = Permission.objects.filter(codename__in=["view_entry", "verify_log"])
    user.user_permissions.set(wanted)
    client.force_login(user)
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/audit/", "/audit/verify/", f"/audit/entries/{uuid.UUID(int=7)}/"]
)
def test_the_log_is_closed_to_strangers(client: Client, address: str) -> None:
    assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("mallory"))
    assert client.get(address).status_code == 403
    assert client.post("/audit/verify/").status_code == 403


def test_an_empty_log_says_what_comes_first(auditor: Client) -> None:
    text = page(auditor, "/audit/?event=settings.changed")
    assert "No entry fits these filters" in text


def test_each_filter_narrows_the_list(auditor: Client) -> None:
    write(1, subject="proposal:a", reason="Timeouts everywhere", target="gateway")
    write(1, subject="proposal:b", target="billing", actor=Actor.agent("EvalAgent"))
    write(1, subject="loop", target="", event=Event.LOOP_PAUSED)

    def subjects(query: str) -> set[str]:
        answer = auditor.get(f"/audit/?{query}")
        found = {line["entry"].subject for line in answer.context["lines"]}
        return {name for name in found if not name.startswith(("user:", "person:"))}

    assert subjects("") == {"proposal:a", "proposal:b", "loop"}
    assert subjects("event=loop.paused") == {"loop"}
    assert subjects("actor=EvalAgent") == {"proposal:b"}
    assert subjects("target=billing") == {"proposal:b"}
    assert subjects("subject=proposal:a") == {"proposal:a"}
    assert subjects("text=TIMEOUTS") == {"proposal:a"}
    assert subjects("since=2026-11-21&until=2026-11-21") == {"proposal:a", "proposal:b", "loop"}
    assert subjects("since=2026-11-22&target=gateway") == set()
    assert subjects("until=2026-11-20") == set()


def test_a_filter_that_cannot_be_understood_is_named(auditor: Client) -> None:
    write(1)
    text = page(auditor, "/audit/?since=yesterday")
    assert "Enter a valid date" in text
    assert "proposal 0" not in text


def test_pages_follow_each_other_without_a_gap_both_ways(auditor: Client) -> None:
    write(120, subject="proposal:x")
    seen: list[int] = []
    address = "/audit/?subject=proposal:x"
    pages = [auditor.get(address).context["page"]]
    while key := pages[-1].older:
        pages.append(auditor.get(f"{address}&before={key}").context["page"])
    for shown in pages:
        seen += [entry.pk for entry in shown.entries]
    assert len(seen) == 120
    assert seen == sorted(seen, reverse=True)
    back = auditor.get(f"{address}&after={pages[-1].newer}").context["page"]
    assert back.entries == pages[1].entries
    assert auditor.get(f"{address}&after={back.newer}").context["page"].newer is None


@pytest.mark.parametrize("key", ["before=x", "after=-1", f"before={'9' * 40}", "after=%00"])
def test_a_broken_page_key_is_harmless(auditor: Client, key: str) -> None:
    write(1)
    page(auditor, f"/audit/?{key}")


def test_an_entry_shows_what_was_recorded_its_place_and_its_proof(auditor: Client) -> None:
    write(700)
    [entry] = write(1, subject="proposal:p", reason="It helps", facts={"title": "Give it time"})
    assert "Not sealed yet" in page(auditor, f"/audit/entries/{entry.uid}/")
    sequencer.seal(NOW)
    text = page(auditor, f"/audit/entries/{entry.uid}/")
    assert "ada reviewed the proposal “Give it time”" in text
    assert "It helps" in text
    proof = proof_of(entry)
    assert proof is not None
    assert proof.holds
    assert (proof.index, proof.index < proof.size) == (entry.leaf.index, True)
    assert all(step in text for step in (*proof.hashes, proof.root, proof.leaf_hash))


def test_every_sealed_entry_has_a_proof_that_holds() -> None:
    write(sequencer.RUN * 3 + 5)
    sequencer.seal(NOW)
    for entry in Entry.objects.filter(leaf__index__in=[0, 255, 256, 511, 600, 767, 768, 772]):
        proof = proof_of(entry)
        assert proof is not None
        assert proof.holds


@pytest.mark.django_db(transaction=True)
def test_a_changed_entry_shows_that_its_proof_does_not_hold(auditor: Client) -> None:
    [entry, _] = write(2)
    sequencer.seal(NOW)
    forged = entry.body.replace('"ada"', '"eve"')
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("UPDATE audit_entry SET body=%s WHERE id=%s", [forged, entry.pk])
    assert "Does not hold" in page(auditor, f"/audit/entries/{entry.uid}/")


def test_the_story_joins_what_an_entry_rests_on_and_what_rests_on_it(auditor: Client) -> None:
    [pattern] = write(1, subject="pattern:1", event=Event.PATTERN_FOUND)
    checked = Event.PROPOSAL_CHECKED
    [created] = write(1, subject="proposal:p", event=checked, cites=[pattern.uid])
    sequencer.seal(NOW)
    [approved] = write(1, subject="proposal:p", event=Event.PROPOSAL_REVIEWED, cites=[created.uid])
    [started] = write(1, subject="delivery:1", event=Event.DELIVERY_INTENDED, cites=[approved.uid])
    [other] = write(1, subject="proposal:other")
    for entry in (pattern, created, approved, started):
        answer = auditor.get(f"/audit/entries/{entry.uid}/")
        [stretch] = answer.context["story"]
        told = [step.shown["entry"] for step in stretch.steps]
        assert told == [pattern, created, approved, started]
    answer = auditor.get(f"/audit/entries/{created.uid}/")
    [stretch] = answer.context["story"]
    relations = [step.shown["relation"] for step in stretch.steps]
    assert relations == ["this entry rests on it", "", "rests on this entry", ""]
    assert (answer.context["rested_on"], answer.context["resting_on"]) == ([], [])
    assert "Beyond the story" not in answer.content.decode()
    assert other not in told


def test_the_button_verifies_and_leaves_an_entry(auditor: Client) -> None:
    write(3)
    sequencer.seal(NOW)
    assert "Never verified" in page(auditor, "/audit/verify/")
    answer = auditor.post("/audit/verify/", {"scope": "whole"}, headers={"hx-request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert 'hx-trigger="every 2s"' in text
    assert tasks.verify() == "1 verifications ended"
    assert "The log is as it was recorded." in page(auditor, "/audit/verify/")
    entry = Entry.objects.get(event=Event.LOG_VERIFIED)
    assert (entry.who, entry.facts["ok"]) == ("grace", True)
    assert auditor.post("/audit/verify/").headers["Location"] == "/audit/verify/"
    tasks.verify()
    assert Entry.objects.filter(event=Event.LOG_VERIFIED).count() == 2


def test_what_an_entry_says_cannot_become_markup(auditor: Client) -> None:
    [entry] = write(1, reason="<script>x</script>", facts={"title": "<b>bold</b>"})
    for address in ("/audit/", f"/audit/entries/{entry.uid}/"):
        text = page(auditor, address)
        assert "<script>x" not in text
        assert "<b>bold" not in text


def test_the_pages_say_where_the_log_is_published_and_complain_plainly(
    auditor: Client, tmp_path: Path
) -> None:
    file = CheckpointFile(tmp_path / "checkpoint")
    write(2)
    sequencer.seal(NOW)
    with only(file):
        for address in ("/audit/", "/audit/verify/"):
            text = page(auditor, address)
            assert "Published outside" in text
            assert str(file.path) in text
            assert "is the worker running?" in text
        publishing.publish(NOW, force=True)
        assert "Late" not in page(auditor, "/audit/")
        file.path.write_text("<b>mine</b>")
        publishing.publish(NOW, force=True)
        text = page(auditor, "/audit/verify/")
    assert "It holds something that is no checkpoint" in text
    assert standing.UNTOUCHED in text
    assert "<b>mine" not in text


def test_a_verification_shows_what_was_compared_and_what_could_not_be(
    auditor: Client, tmp_path: Path
) -> None:
    file = CheckpointFile(tmp_path / "checkpoint")
    write(2)
    with only(file):
        publishing.publish(NOW, force=True)
        auditor.post("/audit/verify/")
        tasks.verify()
        text = page(auditor, "/audit/verify/")
        assert "Compared with what is published:" in text
        assert f"file {file.path} (" in text
        file.path.unlink()
        file.path.mkdir()
        auditor.post("/audit/verify/")
        tasks.verify()
        text = page(auditor, "/audit/verify/")
    assert "Not everything that is published could be compared" in text
    assert "Is a directory" in text
