"""Can a person hand in a proposal from a terminal, and is the answer clear when not?"""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from proposals.models import Proposal, RejectedInput
from targets.models import Target
from tests.factories import proposal_text, tools_diff


def _file(tmp_path: Path, content: str | bytes) -> str:
    path = tmp_path / "idea.md"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_it_prints_the_id_of_the_new_proposal(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _file(tmp_path, proposal_text())
    call_command("propose", file, "--target", "gateway", "--author", "carol")
    proposal = Proposal.objects.get()
    assert capsys.readouterr().out.strip() == str(proposal.pk)
    assert (proposal.author, proposal.engine) == ("carol", "person")
    assert proposal.transitions.get().actor_type == "person"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("just an idea", "was not taken in. line 1: the first line must be `---`"),
        (proposal_text(kind="miracle"), "line 3: `kind` is `miracle`; use one of bugfix"),
        (proposal_text(diff=tools_diff().replace("400", "7")), "config/tools.yaml"),
        (b"\xff\xfe", "is not UTF-8 text (byte 0)"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(
    target: Target, tmp_path: Path, content: str | bytes, words: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("propose", _file(tmp_path, content), "--target", "gateway")
    assert words in str(refusal.value)
    assert not Proposal.objects.exists()


def test_a_wrong_text_is_kept_for_another_look(target: Target, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("propose", _file(tmp_path, "my idea"), "--target", "gateway")
    assert RejectedInput.objects.get().text == "my idea"


def test_a_missing_file_or_target_is_named(target: Target, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.md cannot be read: No such file"):
        call_command("propose", str(tmp_path / "nothing.md"), "--target", "gateway")
    with pytest.raises(CommandError, match="no target `nope`; known are gateway"):
        call_command("propose", _file(tmp_path, proposal_text()), "--target", "nope")


def test_a_second_one_names_the_first(target: Target, tmp_path: Path) -> None:
    file = _file(tmp_path, proposal_text())
    call_command("propose", file, "--target", "gateway")
    with pytest.raises(CommandError, match=str(Proposal.objects.get().pk)):
        call_command("propose", file, "--target", "gateway")


def test_an_origin_that_went_away_is_said(target: Target, tmp_path: Path) -> None:
    Target.objects.create(
        slug="far", name="Far", origin=str(tmp_path / "gone.git"), created_at=target.created_at
    )
    with pytest.raises(CommandError, match="does not appear to be a git repository"):
        call_command("propose", _file(tmp_path, proposal_text(target="far")), "--target", "far")
