"""What can be done about standing approvals on a terminal?"""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from audit import sentences
from audit.models import Entry
from proposals.standing.records import Stand, StandingApproval
from targets.models import Target
from tests.factories import NOW, make_user
from tests.proposals.standing.scene import in_force, people

BOUNDS = [
    "--path=config/*.yaml",
    "--files=2",
    "--lines=20",
    "--per-day=3",
    "--days=10",
    "--reason=Tuned",
]


def standing(*words: str) -> str:
    out = io.StringIO()
    call_command("standing", *words, stdout=out)
    return out.getvalue()


def test_from_a_grant_to_its_end(target: Target) -> None:
    people()
    said = standing("grant", "--target=gateway", *BOUNDS, "--by=ada")
    row = StandingApproval.objects.get()
    assert said == f"Standing approval #{row.pk}: awaits a second person.\n"
    assert (row.engines, row.proven, row.risk) == (["embedded"], True, "low")
    with pytest.raises(CommandError, match=r"somebody else has to confirm it\. Nothing was"):
        standing("confirm", str(row.pk), "--by=ada")
    assert "in force" in standing("confirm", str(row.pk), "--by=bob")
    assert "revoked" in standing("revoke", str(row.pk), "--by=ada", "--reason=It moved.")
    row.refresh_from_db()
    assert row.status == Stand.REVOKED
    told = Entry.objects.filter(subject=f"standing:{row.pk}").order_by("id")
    assert [sentences.sentence(one) for one in told] == [
        f"ada granted standing approval #{row.pk}, which a second person has to confirm"
        " on a terminal",
        f"bob confirmed standing approval #{row.pk} on a terminal",
        f"ada revoked standing approval #{row.pk} on a terminal",
    ]


def test_the_list_says_who_stands_behind_what(target: Target) -> None:
    assert "no person has read" in standing("list")
    approval = in_force(target, at=NOW)
    line = standing("list")
    assert "ada and bob until" in line
    assert "let 0 through" in line
    [told] = json.loads(standing("list", "--json", "--target", "gateway"))
    assert (told["id"], told["paths"]) == (approval.pk, ["config/*.yaml"])
    assert json.loads(standing("list", "--json", "--target", "elsewhere")) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["confirm", "99", "--by=ada"], "There is no standing approval #99"),
        (["revoke", "99", "--by=zoe", "--reason=x"], "Nobody here is called 'zoe'"),
        (["grant", "--target=moon", *BOUNDS, "--by=ada"], "There is no target 'moon'"),
        (["grant", "--target=gateway", *BOUNDS, "--path=**", "--by=ada"], "names every path"),
        (["grant", "--target=gateway", *BOUNDS[1:], "--by=ada"], "without one, none may"),
        (["grant", "--target=gateway", *BOUNDS, "--by=vic"], "You may not grant"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(
    target: Target, words: list[str], told: str
) -> None:
    people()
    make_user("viewer", name="vic")
    with pytest.raises(CommandError) as refusal:
        standing(*words)
    assert told in str(refusal.value)
    assert not StandingApproval.objects.exists()
