"""Does the page show what decides, and what another policy would have decided?"""

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from proposals import checks
from proposals.authorising import trying
from proposals.authorising.page import EXAMPLE
from proposals.models import Proposal
from targets.models import Target
from tests.architecture.house import ROOT
from tests.factories import FILES, make_proposal, make_target, make_user
from tests.proposals.test_checks import LATER
from tests.validation.authorising.asked import FACTS
from validation.authorising.records import Ruling
from validation.authorising.sources import digest

pytestmark = pytest.mark.django_db
PAGE = "/policies/"
NO_PARAMETERS = """
@id("no_settings")
@says("Settings are for people.")
forbid (principal is Agent, action == Action::"merge", resource)
when { resource.kinds.contains("parameters") };
"""


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def reader(client: Client, target: Target) -> Client:
    client.force_login(make_user("viewer"))
    return client


def shown(client: Client, query: str = "") -> str:
    return client.get(PAGE + query).content.decode()


def tried(client: Client, text: str, chosen: str, status: int = 200) -> str:
    answer = client.post(PAGE, {"text": text, "chosen": chosen}, headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert "<html" not in answer.content.decode()
    return answer.content.decode()


def test_it_asks_for_a_sign_in_and_a_role(client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    stranger = make_user("nobody")
    stranger.groups.clear()
    client.force_login(stranger)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE).status_code == 403


def test_each_policy_stands_there_with_sentence_text_and_the_digest(reader: Client) -> None:
    page = shown(reader)
    for name in ("base", "judge", "privileges", "protected_paths", "size_and_rate"):
        assert f"config/policies/{name}.cedar:1" in page
    assert "No agent gives itself or another one more than it may do now." in page
    assert '<span class="pg-k">forbid</span>' in page
    assert digest() in page


def test_how_often_each_decided_lately_is_counted(reader: Client, target: Target) -> None:
    checks.check(make_proposal(target, at=timezone.now()), timezone.now())
    denied = make_proposal(target, at=timezone.now(), diff=CONTRACT)
    checks.check(denied, timezone.now())
    page = shown(reader)
    row = page.split('id="protected_paths"')[1].split("</li>")[0]
    assert "denied 1" in row
    assert "permitted 1" in page.split('id="base"')[1].split("</li>")[0]
    assert "denied 0" in page.split('id="privileges"')[1].split("</li>")[0]


CONTRACT = (
    "--- a/SYSTEM_CONTRACT.md\n+++ b/SYSTEM_CONTRACT.md\n@@ -1,3 +1,3 @@\n # Contract\n \n"
    "-Agents answer within their limits.\n+Agents do as they please.\n"
)


def test_a_check_says_in_the_log_who_decided(target: Target) -> None:
    checks.check(make_proposal(target, diff=CONTRACT), LATER)
    entry = Entry.objects.get(event="proposal.checked")
    assert entry.facts["authorised"] == {
        "action": "propose",
        "principal": 'Agent::"EvalAgent"',
        "permitted": False,
        "policies": ["protected_paths"],
        "errors": [],
        "set": Ruling.objects.get().digest,
    }


def test_a_persons_own_proposal_is_a_persons_and_names_nobody(target: Target) -> None:
    proposal = make_proposal(target, engine="person", author="carol", diff=CONTRACT)
    checks.check(proposal, LATER)
    facts = Entry.objects.get(event="proposal.checked").facts["authorised"]
    assert (facts["principal"], facts["policies"]) == ("Person", ["base"])
    assert Ruling.objects.get().principal == "Person"


def test_the_writers_of_a_day_are_counted_each_for_itself(
    target: Target, settings: LazySettings
) -> None:
    section = settings.SELFIMPROVE.validation.model_copy(update={"max_changes_per_day": 1})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"validation": section})
    proposals = [make_proposal(target), make_proposal(target), make_proposal(target, author="B")]
    for proposal in proposals:
        checks.check(proposal, LATER)
    decided = dict(Ruling.objects.values_list("principal", "policy").filter(permitted=True))
    assert decided == {'Agent::"B"': "base"}
    assert Ruling.objects.filter(policy="size_and_rate", principal='Agent::"EvalAgent"').exists()


@pytest.mark.parametrize("chosen", ["one", "last-10"])
def test_a_policy_is_tried_on_proposals_and_nothing_is_kept(
    reader: Client, target: Target, chosen: str
) -> None:
    proposal = make_proposal(target)
    before = (Entry.objects.count(), Ruling.objects.count(), Proposal.objects.count())
    found = tried(reader, NO_PARAMETERS, str(proposal.pk) if chosen == "one" else chosen)
    assert "0 of 1 would have passed" in found
    assert "denied by no_settings" in found
    assert "now: passes" in found
    assert (Entry.objects.count(), Ruling.objects.count(), Proposal.objects.count()) == before
    assert "no_settings" not in shown(reader)


def test_a_policy_with_the_name_of_another_takes_its_place(reader: Client, target: Target) -> None:
    make_proposal(target, diff=CONTRACT)
    assert "denied by protected_paths" in tried(reader, NO_PARAMETERS, "last-10")
    milder = '@id("protected_paths") @says("Nothing.")\nforbid (principal, action, resource)\n'
    found = tried(reader, milder + "when { false };", "last-10")
    assert "1 of 1 would have passed" in found
    assert "now: denied" in found


def test_a_mistake_is_shown_with_its_place(reader: Client, target: Target) -> None:
    make_proposal(target)
    wrong = NO_PARAMETERS.replace("kinds", "kins")
    found = tried(reader, wrong, "last-10", status=422)
    assert "what you tried:5" in found
    assert "kins" in found
    assert "there is none to try it on" in tried(reader, wrong, "x", status=422)


def test_it_works_without_javascript(reader: Client, target: Target) -> None:
    make_proposal(target)
    answer = reader.post(PAGE, {"text": NO_PARAMETERS, "chosen": "last-10"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" in page
    assert "0 of 1 would have passed" in page
    assert "Settings are for people." in page, "the text is still in its field"


def test_what_is_edited_begins_with_the_text_in_force(reader: Client) -> None:
    field = shown(reader, "?edit=size_and_rate").split("<textarea")[1].split("</textarea>")[0]
    assert "resource.most.recent" in field
    assert "no_code_by_agents" in shown(reader, "?edit=nothing").split("<textarea")[1]


def test_a_target_whose_policies_are_wrong_is_named(reader: Client, tmp_path: Path) -> None:
    manifest = '[policies]\nfiles = ["ops/*.cedar"]\n'
    bad = {**FILES, ".selfimprove.toml": manifest, "ops/a.cedar": "permit everything;\n"}
    make_target(tmp_path / "other", slug="other", files=bad)
    page = shown(reader)
    assert "ops/a.cedar:1" in page
    assert "Nothing that they decide about passes" in page


def test_a_target_that_tightens_shows_its_policies(reader: Client, tmp_path: Path) -> None:
    manifest = '[policies]\nfiles = ["ops/*.cedar"]\n'
    good = {**FILES, ".selfimprove.toml": manifest, "ops/a.cedar": NO_PARAMETERS}
    make_target(tmp_path / "other", slug="other", files=good)
    page = shown(reader)
    assert "Of the target Other" in page
    assert "ops/a.cedar:2" in page


def test_hostile_words_are_shown_as_words(reader: Client, target: Target) -> None:
    make_proposal(target)
    text = NO_PARAMETERS.replace("Settings are", "<script>alert(1)</script>")
    assert (
        "<script>alert"
        not in reader.post(PAGE, {"text": text, "chosen": "last-10"}).content.decode()
    )


def test_the_examples_that_people_begin_with_can_be_used() -> None:
    assert [one.id for one in trying.understand(EXAMPLE)] == ["no_code_by_agents"]
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```cedar\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        assert [one.forbids for one in trying.understand(block)] == [True]


def test_every_fact_of_the_schema_is_documented_and_given() -> None:
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    for fact in FACTS:
        assert f"`{fact}`" in page
