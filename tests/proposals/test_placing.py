"""Is a diff that is not quite right taken in as what it means, and is that told?"""

import pytest
from django.test import Client

from audit.log import Actor
from proposals import intake
from proposals.documents import parse
from proposals.models import Proposal
from proposals.publish import publish
from proposals.rebuild import rows_from_git
from proposals.touched import placed
from targets.models import Target
from targets.repository import DiffDoesNotApply, Repository
from tests.factories import NOW, make_user, proposal_text

HEAD = "--- a/config/tools.yaml\n+++ b/config/tools.yaml\n"
SLOPPY = f"{HEAD}@@\n web_search:\n-  timeout_ms: 400\n+  timeout_ms: 1200\n   retries: 0\n"


def submit(target: Target, diff: str) -> Proposal:
    return intake.submit(
        target=target,
        text=proposal_text(diff=diff),
        engine="anthropic",
        author="EvalAgent",
        at=NOW,
        actor=Actor.agent("EvalAgent"),
    )


def test_a_sloppy_diff_becomes_the_change_and_says_what_was_overlooked(target: Target) -> None:
    proposal = submit(target, SLOPPY)
    assert "-    timeout_ms: 400\n+    timeout_ms: 1200\n" in proposal.diff
    assert parse(proposal.document).repairs == "config/tools.yaml: indentation"
    assert proposal.handed_in == SLOPPY


def test_the_page_shows_what_was_overlooked_and_the_diff_as_it_came(
    target: Target, client: Client
) -> None:
    proposal = submit(target, SLOPPY)
    client.force_login(make_user())
    page = client.get(f"/proposals/{proposal.pk}/").content.decode()
    assert "Overlooked: config/tools.yaml: indentation." in page
    assert "The diff as it was handed in" in page
    assert "\n web_search:\n-  timeout_ms: 400\n" in page


def test_a_diff_that_git_takes_as_it_is_says_nothing(target: Target, client: Client) -> None:
    hunk = "   web_search:\n-    timeout_ms: 400\n+    timeout_ms: 1200\n     retries: 0\n"
    proposal = submit(target, f"{HEAD}@@ -2,3 +2,3 @@\n{hunk}")
    assert (parse(proposal.document).repairs, proposal.handed_in) == ("", "")
    client.force_login(make_user())
    assert b"Overlooked" not in client.get(f"/proposals/{proposal.pk}/").content


def test_a_count_that_would_cut_the_change_short_is_overlooked(target: Target) -> None:
    """Git itself stops after one line here and takes the rest for prose."""
    diff = f"{HEAD}@@ -1,3 +1,3 @@\n a: 1\n-b: 1\n+b: 2\n c: 1\n d: 1\n-e: 1\n+e: 2\n"
    repository = Repository.of(target)
    files = {"config/tools.yaml": b"a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n"}
    base = repository.commit_files("other", files, "Other", NOW)
    assert "e: 2" not in repository.apply(base, diff).diff
    found = placed(repository, base, diff)
    assert "+b: 2" in found.change.diff
    assert "+e: 2" in found.change.diff
    assert (found.repairs, found.handed_in) == ("line numbers or counts", diff)


def test_a_place_that_git_would_guess_is_refused(target: Target) -> None:
    repository = Repository.of(target)
    files = {"config/tools.yaml": b"a:\n  n: 1\nb:\n  n: 1\nc:\n  n: 1\n"}
    base = repository.commit_files("twice", files, "Twice", NOW)
    diff = f"{HEAD}@@ -3 +3 @@\n-  n: 1\n+  n: 2\n"
    with pytest.raises(DiffDoesNotApply, match=r"fits in 3 places \(lines 2, 4, 6"):
        placed(repository, base, diff)
    exact = placed(repository, base, diff.replace("-3 +3", "-4 +4"))
    assert exact.change.diff.count("\n+  n: 2") == 1


def test_what_fits_nowhere_is_refused_with_both_reasons(target: Target) -> None:
    with pytest.raises(DiffDoesNotApply) as refusal:
        submit(target, f"{HEAD}@@ -2,2 +2,2 @@\n   web_search:\n-    limit: 4\n+    limit: 12\n")
    assert "patch does not apply" in str(refusal.value)
    assert "no place of the file holds the lines of a hunk (“web_search:”)" in str(refusal.value)


def test_what_was_overlooked_survives_in_git(target: Target) -> None:
    proposal = submit(target, SLOPPY)
    publish(target, NOW)
    Proposal.objects.filter(pk=proposal.pk).update(document="")
    rows_from_git(target)
    kept = Proposal.objects.get(pk=proposal.pk)
    assert parse(kept.document).repairs == "config/tools.yaml: indentation"
