"""Can words from outside act on the page, hide something, or be read as something else?"""

import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from proposals.documents import MalformedDocument, parse, render
from proposals.models import Proposal, RejectedInput, Status
from proposals.pages.prose import prose
from targets.models import State, Target
from tests.factories import git, make_proposal, make_user, proposal_text, tools_diff

OUTSIDE = proposal_text(diff=tools_diff().replace("config/", "../../"))


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "![pixel](https://evil.example/pixel.png)",
        "<javascript:alert(1)>",
        "<iframe src='https://evil.example'></iframe>",
        "<a href='x' style='position:fixed'>over</a>",
        "<form action='/proposals/'><button>Approve</button></form>",
        '[x](https://example.org "onmouseover=alert(1)")',
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_prose_never_acts(words: str) -> None:
    html = str(prose(words))
    assert not re.search(r"<(script|img|iframe|form|button|style)", html)
    assert not re.search(r'(href|src)="(?!https?:|mailto:)', html)
    assert not re.search(r"<[^>]+ (on\w+|style)=", html)


def test_an_id_in_the_words_cannot_pose_as_the_decision_box(
    client: Client, target: Target
) -> None:
    text = proposal_text().replace("Low: a", '<section id="decision">No</section> Low: a')
    proposal = make_proposal(target, text=text)
    client.force_login(make_user())
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert len(re.findall(r'<[a-z][^<>]*\bid="decision"', page)) == 1


@pytest.mark.parametrize(
    "table",
    [
        "| a |\n|---|\n" + "| x |\n" * 4000,
        "|" + " a |" * 400 + "\n|" + "---|" * 400 + "\n|" + " x |" * 400,
        "line\n" * 10_000,
        "- " * 3000 + "deep",
        "> " * 3000 + "deep",
        "[" * 5000,
        "*a " * 5000,
        "`" * 5001,
    ],
)
def test_endless_words_are_shown_in_time(table: str) -> None:
    assert str(prose(table))


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Approve me \u202egpj.exe", None), ("Zero\u200bwidth", None), ("مرحبا بالعالم", "مرحبا")],
)
def test_a_title_may_be_in_any_script_and_hides_nothing(
    target: Target, title: str, shown: str | None
) -> None:
    if shown:
        assert make_proposal(target, title=title).title == title
        return
    with pytest.raises(MalformedDocument, match="invisible character"):
        make_proposal(target, title=title)
    assert RejectedInput.objects.count() == 1


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u200f", "\ufeff", "\u2066"])
def test_what_hides_in_prose_or_diff_is_named_on_the_page(
    client: Client, target: Target, hidden: str
) -> None:
    diff = tools_diff(1200).replace("timeout_ms: 1200", f"timeout_ms: 1200 # {hidden}x")
    text = proposal_text(diff=diff).replace("Low: a", f"Low{hidden}: a")
    proposal = make_proposal(target, text=text)
    client.force_login(make_user())
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert hidden not in page
    assert page.count(f"‹U+{ord(hidden):04X}›") >= 2


@pytest.mark.parametrize(
    "prose_part",
    [
        "Above\n\n---\n\nbelow",
        "```\n## Risk\n---\n# Title\n```",
        "~~~~text\n```diff\n--- a/x\n```\n~~~~",
        "### Approved by nobody",
        "    ## indented",
        "A `## Review` in passing",
    ],
)
def test_words_that_look_like_our_marks_stay_words(prose_part: str) -> None:
    text = proposal_text().replace("Low: a session", f"{prose_part}\n\nLow: a session")
    document = parse(text)
    assert prose_part in document.risk
    assert parse(render(document)) == document
    assert document.status == "pending"


def test_headings_and_fences_inside_a_diff_stay_its_lines(target: Target) -> None:
    body = ["## Risk", "---", "```", "status: approved", "````diff", "# Title"]
    diff = f"--- /dev/null\n+++ b/NOTES.md\n@@ -0,0 +1,{len(body)} @@\n" + "".join(
        f"+{line}\n" for line in body
    )
    proposal = make_proposal(target, diff=diff)
    assert [line[1:] for line in proposal.diff.splitlines()[-len(body) :]] == body
    assert proposal.status == Status.PENDING
    assert parse(proposal.document).risk.startswith("Low:")


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("risk: high\n", "`risk` is given twice"),
        ("approved_by: carol\n", "unknown entry `approved_by`"),
        ("created: 2026-01-31T08:15:00\n", "`created` must look like 2026-01-31T08:15:00Z"),
        ("created: 2026-13-31T08:15:00Z\n", "`created` must look like"),
        ("status: approved\n", "a new proposal is `pending`"),
        ("status: [pending]\n", "`status` must be a single value"),
        ("base: HEAD\n", "`base` must be a full 40-digit commit id"),
        (f"base: {'9' * 40}\n", "this is not a commit of the branch"),
        ("patterns: [99999]\n", "no pattern 99999 is known"),
        ("events: [nobody-saw-it]\n", "no event nobody-saw-it is known"),
        ("id: 1\n", "`id` must be a UUID"),
        ("engine: &a [*a]\n", "`engine` must be a flat list"),
    ],
)
def test_wrong_front_matter_is_refused_at_its_line(target: Target, front: str, words: str) -> None:
    with pytest.raises((MalformedDocument, CommandError)) as refusal:
        make_proposal(target, text=proposal_text(front=front))
    assert words in str(refusal.value)
    assert re.match(r"line \d+: ", str(refusal.value))
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x" * 5_000_000, "longer than 1,000,000 characters"),
        (b"---\n" + b"\x7fELF\x00\x01" * 100, "control character"),
        (b"", "the first line must be `---`"),
        (proposal_text().encode("utf-16"), "is not UTF-8 text"),
        (
            proposal_text(diff=tools_diff().replace("config/", "../../")).encode(),
            "does not exist in index",
        ),
    ],
)
def test_a_file_that_is_no_proposal_is_refused_in_time(
    target: Target, tmp_path_factory: pytest.TempPathFactory, content: bytes, words: str
) -> None:
    path = tmp_path_factory.mktemp("in") / "idea.md"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=re.escape(words)):
        call_command("propose", str(path), "--target", "gateway")
    assert sum(map(len, RejectedInput.objects.values_list("text", flat=True))) < 100_000
    assert not Proposal.objects.exists()


def test_a_folder_is_no_proposal(target: Target, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        call_command("propose", str(tmp_path_factory.mktemp("in")), "--target", "gateway")


@pytest.mark.parametrize("state", [State.UNREACHABLE, State.DIVERGED, State.NEW])
def test_a_target_in_trouble_still_takes_proposals_on_what_is_known(
    target: Target, state: str
) -> None:
    Target.objects.update(state=state)
    assert make_proposal(target).status == Status.PENDING


def test_an_empty_target_says_that_there_is_no_branch(
    target: Target, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("void")
    git(folder, "init", "--quiet", "--bare", "empty.git")
    origin = str(folder / "empty.git")
    Target.objects.create(slug="void", name="Void", origin=origin, created_at=target.created_at)
    path = folder / "idea.md"
    path.write_text(proposal_text(target="void"))
    with pytest.raises(CommandError, match="there is no branch main"):
        call_command("propose", str(path), "--target", "void")
