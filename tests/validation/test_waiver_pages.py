"""Can a permitted person waive, see and withdraw with plain forms, and nobody else?"""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from proposals import checks
from proposals.models import Proposal
from targets.models import Target
from tests.factories import make_target, make_user
from tests.proposals.waived import WITHOUT_TESTS, make_refused, make_waiver_person, refusing
from validation.models import Waiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path, files=WITHOUT_TESTS)


@pytest.fixture
def wanda() -> User:
    return make_waiver_person()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def post(client: Client, proposal: Proposal, **form: str) -> tuple[int, str]:
    address = reverse("proposals:waive", args=[proposal.pk, refusing(proposal)[0].pk])
    answer = client.post(address, form)
    return answer.status_code, answer.content.decode()


def waived(target: Target, wanda: User) -> Waiver:
    proposal = make_refused(target)
    assert post(signed_in(wanda), proposal, reason="Our own page.", days="3")[0] == 302
    return Waiver.objects.latest("pk")


def page(client: Client, proposal: Proposal) -> str:
    return client.get(proposal.get_absolute_url()).content.decode()


def test_the_button_stands_beside_the_finding_for_those_who_may(
    target: Target, wanda: User
) -> None:
    proposal = make_refused(target)
    address = reverse("proposals:waive", args=[proposal.pk, refusing(proposal)[0].pk])
    assert address in page(signed_in(wanda), proposal)
    assert address not in page(signed_in(make_user("reviewer")), proposal)
    Proposal.objects.filter(pk=proposal.pk).update(author="wanda")
    assert address not in page(signed_in(wanda), proposal)


def test_a_form_without_script_waives_and_the_report_says_who_until_when_and_why(
    target: Target, wanda: User
) -> None:
    waiver = waived(target, wanda)
    assert waiver.until - waiver.at == timedelta(days=3)
    proposal = Proposal.objects.get(pk=waiver.proposal)
    assert "wanda waived a finding" in page(signed_in(wanda), proposal)
    text = " ".join(page(signed_in(wanda), checked_now(proposal)).split())
    assert "Waived by wanda until" in text
    assert "Our own page." in text


def checked_now(proposal: Proposal) -> Proposal:
    checks.check(proposal, timezone.now())
    return Proposal.objects.select_related("report", "target").get(pk=proposal.pk)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"reason": "", "days": "7"}, "say why"),
        ({"reason": "fine", "days": "90"}, "1 to 30 days"),
        ({"reason": "fine", "days": "x"}, "1 to 30 days"),
        ({"reason": "fine", "days": "٣"}, "1 to 30 days"),
    ],
)
def test_a_refusal_is_shown_in_place_and_what_was_typed_stays(
    target: Target, wanda: User, form: dict[str, str], words: str
) -> None:
    status, text = post(signed_in(wanda), make_refused(target), **form)
    assert status == 409
    assert words in text
    assert form["reason"] in text
    assert not Waiver.objects.exists()


def test_the_author_is_told_that_somebody_else_must(target: Target) -> None:
    author = make_waiver_person("EvalAgent")
    status, text = post(signed_in(author), make_refused(target), reason="fine", days="7")
    assert (status, Waiver.objects.count()) == (409, 0)
    assert "somebody else must waive" in text


def test_who_may_not_waive_may_neither_waive_nor_withdraw(target: Target, wanda: User) -> None:
    stranger = signed_in(make_user("reviewer"))
    waiver = waived(target, wanda)
    other = make_refused(target, 'MIRROR = "https://mirror.gateway-team.io/now"')
    assert post(stranger, other, reason="fine", days="7")[0] == 403
    assert stranger.post(reverse("validation:withdraw", args=[waiver.pk])).status_code == 403
    waiver.refresh_from_db()
    assert waiver.withdrawn_at is None


def test_words_on_the_list_are_escaped(target: Target, wanda: User) -> None:
    waiver = waived(target, wanda)
    Waiver.objects.filter(pk=waiver.pk).update(reason="<script>alert(1)</script>")
    text = signed_in(wanda).get(reverse("validation:waivers")).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_the_list_names_what_is_in_force_expired_and_withdrawn(
    target: Target, wanda: User
) -> None:
    client, address = signed_in(wanda), reverse("validation:waivers")
    assert "Nothing is waived" in client.get(address).content.decode()
    waiver = waived(target, wanda)
    shown = client.get(address, {"state": "in force"}).content.decode()
    assert waiver.path in shown
    assert "Withdraw it now" in shown
    assert "No waiver fits" in client.get(address, {"state": "expired"}).content.decode()
    past = timezone.now() - timedelta(days=2)
    Waiver.objects.filter(pk=waiver.pk).update(at=past, until=past + timedelta(days=1))
    expired = client.get(address, {"state": "expired"}).content.decode()
    assert waiver.path in expired
    assert "Withdraw it now" not in expired
    assert "No waiver fits" in client.get(address, {"q": "nobody"}).content.decode()
    assert waiver.path in client.get(address, {"q": "our own"}).content.decode()


def test_a_button_withdraws_and_a_second_press_is_told_so(target: Target, wanda: User) -> None:
    waiver, client = waived(target, wanda), signed_in(wanda)
    address = reverse("validation:withdraw", args=[waiver.pk])
    assert client.post(address, {"reason": "It moved."}).status_code == 302
    text = client.get(reverse("validation:waivers")).content.decode()
    assert "Withdrawn by wanda" in " ".join(text.split())
    assert "It moved." in text
    again = client.post(address)
    assert again.status_code == 409
    assert "withdrawn already" in again.content.decode()


def test_a_thousand_waivers_are_paged(target: Target, wanda: User) -> None:
    one = waived(target, wanda)
    rows = [
        Waiver(
            **{
                **{
                    f.attname: getattr(one, f.attname)
                    for f in Waiver._meta.fields
                    if f.name != "id"
                },
                "entry_uid": f"00000000-0000-4000-8000-{number:012x}",
            }
        )
        for number in range(1000)
    ]
    Waiver.objects.bulk_create(rows)
    text = signed_in(wanda).get(reverse("validation:waivers"), {"page": "21"}).content.decode()
    assert "1001–1001 of 1001" in text


def run(*words: str) -> str:
    said = StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def test_the_command_waives_what_it_lists(target: Target, wanda: User) -> None:
    proposal = make_refused(target)
    number = refusing(proposal)[0].pk
    assert f"#{number}  addresses  gateway/limits.py:4" in run("waive", str(proposal.pk))
    said = run(
        *("waive", str(proposal.pk), "--finding", str(number)),
        *("--reason", "ours", "--days", "2", "--by", "wanda"),
    )
    assert "holds until" in said
    [row] = json.loads(run("waivers", "--json"))
    assert (row["state"], row["waived_by"], row["reason"]) == ("in force", "wanda", "ours")
    assert row["finding"] == refusing(proposal)[0].bound
    assert "in force  gateway  addresses  gateway/limits.py:4  wanda" in run("waivers")
    withdrawn = json.loads(run("waivers", "--withdraw", str(row["id"]), "--by", "wanda", "--json"))
    assert withdrawn[0]["state"] == "withdrawn"
    assert run("waivers", "--state", "in force") == "Nothing is waived.\n"
    assert run("waivers", "--target", "other") == "Nothing is waived.\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--reason", "ours", "--by", "nobody"), "--by"),
        (("--reason", "", "--by", "wanda"), "say why"),
        (("--reason", "ours", "--by", "rita"), "may not waive"),
        (("--reason", "ours", "--by", "EvalAgent"), "somebody else must waive"),
        (("--reason", "ours", "--by", "wanda", "--days", "31"), "1 to 30"),
    ],
)
def test_the_command_refuses_what_the_button_refuses(
    target: Target, wanda: User, options: tuple[str, ...], words: str
) -> None:
    make_user("reviewer", name="rita")
    make_waiver_person("EvalAgent")
    proposal = make_refused(target)
    number = str(refusing(proposal)[0].pk)
    with pytest.raises(CommandError, match=words):
        run("waive", str(proposal.pk), "--finding", number, *options)
    assert not Waiver.objects.exists()


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-000000000001", "seven"])
def test_the_command_names_a_proposal_that_is_not_there(db: None, name: str) -> None:
    with pytest.raises(CommandError, match=name):
        run("waive", name)


@pytest.mark.parametrize(("number", "by"), [("7", "wanda"), ("0", "wanda")])
def test_withdrawing_what_is_not_there_is_named(wanda: User, number: str, by: str) -> None:
    with pytest.raises(CommandError, match="no waiver"):
        run("waivers", "--withdraw", number, "--by", by)


def test_a_foreign_repository_knows_no_waivers(
    target: Target, wanda: User, tmp_path: Path
) -> None:
    waiver = waived(target, wanda)
    proposal = Proposal.objects.get(pk=waiver.proposal)
    diff = tmp_path / "change.diff"
    diff.write_text(proposal.diff)
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            *("validate", "--repo", target.origin, "--base", "main", "--diff", str(diff)),
            "--json",
            stdout=said,
        )
    assert ended.value.code == 1
    gates = {gate["gate"]: gate["outcome"] for gate in json.loads(said.getvalue())["gates"]}
    assert gates["addresses"] == "REFUSED"
