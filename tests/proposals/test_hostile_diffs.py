"""Is every diff that git can write shown as it is, or refused with its reason?"""

import hashlib
import html
import re
from pathlib import Path

import pytest
from django.test import Client

from audit.log import Actor
from proposals import intake
from proposals.documents import MalformedDocument
from proposals.models import Proposal, RejectedInput
from proposals.pages import diffs
from targets.models import Target
from targets.repository import DiffDoesNotApply
from tests.factories import FILES, NOW, make_proposal, make_target, make_user, proposal_text


def _added(path: str, *lines: str, mode: str = "100644", last: str = "") -> str:
    body = "".join(f"+{line}\n" for line in lines)
    name = path if '"' not in path else path.replace('"', '\\"')
    quoted = f'"b/{name}"' if name != path else f"b/{path}"
    source = quoted.replace("b/", "a/", 1)
    return (
        f"diff --git {source} {quoted}\nnew file mode {mode}\n--- /dev/null\n+++ {quoted}\n"
        f"@@ -0,0 +1,{len(lines)} @@\n{body}{last}"
    )


def _drawn(proposal: Proposal) -> str:
    return diffs.draw(proposal.diff, proposal.diff_digest)


def _refused(target: Target, diff: str) -> str:
    with pytest.raises(DiffDoesNotApply) as refusal:
        intake.submit(
            target=target,
            text=proposal_text(diff=diff),
            engine="person",
            author="carol",
            at=NOW,
            actor=Actor("person", "carol"),
        )
    assert not Proposal.objects.exists()
    assert RejectedInput.objects.get().reason
    return str(refusal.value)


@pytest.mark.parametrize(
    "path",
    [
        "docs/with blank.md",
        'docs/say "hi".md',
        "docs/größe.md",
        'docs/größe "L".md',
        "docs/日本.md",
        "docs/it's.md",
        "docs/a&b<i>.md",
    ],
)
def test_a_file_is_named_on_the_page_as_it_is_called(target: Target, path: str) -> None:
    proposal = make_proposal(target, diff=_added(path, "Hello"))
    (name,) = re.findall(r'<span class="si-diff__path">(.*?)</span>', _drawn(proposal))
    assert html.unescape(name) == path
    assert proposal.affected_files[0]["path"] == path


@pytest.mark.parametrize("path", ["docs/evil\\u202etxt.md", "docs/a\\nb.md", "docs/a\\u200bb.md"])
def test_a_file_whose_name_hides_something_is_refused(target: Target, path: str) -> None:
    sign = path.encode().decode("unicode_escape")
    octal = "".join(
        c if c.isprintable() else "".join(f"\\{byte:03o}" for byte in c.encode()) for c in sign
    )
    diff = _added("NAME", "x").replace("a/NAME", f'"a/{octal}"').replace("b/NAME", f'"b/{octal}"')
    assert "invisible" in _refused(target, diff)


def test_nobody_can_miss_that_a_file_becomes_a_program(target: Target) -> None:
    mode = "diff --git a/gateway/limits.py b/gateway/limits.py\nold mode 100644\nnew mode 100755\n"
    assert ">becomes executable</span>" in _drawn(make_proposal(target, diff=mode))
    added = make_proposal(target, diff=_added("ops/run.sh", "true", mode="100755"))
    assert ">new file</span>" in _drawn(added)
    assert ">executable</span>" in _drawn(added)


def test_a_plain_new_file_says_nothing_about_its_mode(target: Target) -> None:
    assert "executable" not in _drawn(make_proposal(target, diff=_added("a.md", "x")))


def test_a_missing_last_newline_is_kept_and_said(target: Target) -> None:
    last = "\\ No newline at end of file\n"
    proposal = make_proposal(target, diff=_added("a.md", "x", last=last))
    assert proposal.diff.endswith(last)
    assert "no newline at the end of the file" in _drawn(proposal)


def test_carriage_returns_are_kept_and_shown(tmp_path: Path, db: None) -> None:
    target = make_target(tmp_path, files={**FILES, "win.txt": "one\r\ntwo\r\n"})
    diff = "--- a/win.txt\n+++ b/win.txt\n@@ -1,2 +1,2 @@\n one\r\n-two\r\n+three\r\n"
    proposal = make_proposal(target, diff=diff)
    assert "+three\r\n" in proposal.diff
    assert "three␍" in html.unescape(re.sub(r"<[^>]+>", "", _drawn(proposal)))


def test_a_rename_is_shown_as_what_goes_and_what_comes(target: Target) -> None:
    diff = (
        "diff --git a/gateway/limits.py b/gateway/bounds.py\nsimilarity index 100%\n"
        "rename from gateway/limits.py\nrename to gateway/bounds.py\n"
    )
    page = _drawn(make_proposal(target, diff=diff))
    assert page.count('class="si-diff__file"') == 2
    assert ">removed</span>" in page
    assert ">new file</span>" in page


@pytest.mark.parametrize(
    ("diff", "words"),
    [
        (_added("../outside.txt", "x"), "invalid path"),
        (_added(".git/hooks/post-checkout", "x", mode="100755"), "invalid path"),
        (_added("link", "/etc/passwd", mode="120000"), "symbolic link"),
        (_added("config/tools.yaml", "x"), "already exists"),
        (_added("a.bin", "x\x00y"), "NUL|control character"),
    ],
)
def test_what_leaves_the_tree_or_cannot_be_read_is_refused(
    target: Target, diff: str, words: str
) -> None:
    try:
        said = _refused(target, diff)
    except MalformedDocument as refusal:
        said = str(refusal)
    assert re.search(words, said)


def test_three_thousand_lines_start_folded_with_their_count_in_under_a_second(
    client: Client, target: Target
) -> None:
    lines = [f"value_{n} = {n}  # a comment" for n in range(3000)]
    proposal = make_proposal(target, diff=_added("gateway/values.py", *lines))
    client.force_login(make_user())
    client.get("/proposals/")  # what is loaded once per process is not the page's
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert '<details class="si-diff__file" id="f0"><summary' in page
    assert "3000 lines</span>" in page
    assert page.count("si-diff__row--add") == 3000


def test_a_short_diff_is_open(target: Target) -> None:
    assert '<details class="si-diff__file" id="f0" open>' in _drawn(make_proposal(target))


def test_a_forged_patch_with_odd_quotes_is_still_shown() -> None:
    diff = '--- "a/x\\"\n+++ "b/\\777\\q"\n@@ -1 +1 @@\n-a\n+b\n'
    page = diffs.draw(diff, hashlib.sha256(diff.encode()).hexdigest())
    assert page.count("si-diff__row--add") == 1
