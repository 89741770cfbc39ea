"""Is every strange answer that comes over the wire kept with its reason, and none acted on?"""

import json
from pathlib import Path

import pytest
from django.test import Client

from audit.models import Entry
from evaluation.models import Asked, Became, Consideration, Evaluation
from evaluation.self_eval import evaluate
from personas.replies.proposals import LARGEST_BLOCK
from ports.llm.anthropic import AnthropicModel
from ports.llm.attempts import Patience
from ports.llm.standin.server import serving
from proposals.models import Proposal, RejectedInput
from targets.models import Target
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.evaluation.obeying import Way, document, done, obeying
from tests.factories import NOW, make_user
from tests.ports.messages_api import Provider, answer, failure, provider

pytestmark = pytest.mark.django_db

GERMAN = "Ich habe die Muster gelesen. Es gibt nichts zu ändern, mit freundlichen Grüßen."
CHINESE = "我已经阅读了这些故障模式，没有需要更改的地方。"
ARABIC = "قرأت الأنماط ولا يوجد ما يجب تغييره."

# Each with the reason that a person reads.
STRANGE: dict[str, tuple[Way, str]] = {
    "German": (lambda m: GERMAN, "neither a proposal nor <done/>"),
    "Chinese": (lambda m: CHINESE, "neither a proposal nor <done/>"),
    "Arabic": (lambda m: ARABIC, "neither a proposal nor <done/>"),
    "a refusal in words": (lambda m: "I can't help with that.", "neither a proposal nor <done/>"),
    "nothing": (lambda m: "", "neither a proposal nor <done/>"),
    "blanks": (lambda m: " \n\n\t", "neither a proposal nor <done/>"),
    "a fence alone": (lambda m: "```\n```", "neither a proposal nor <done/>"),
    "JSON": (lambda m: '{"proposals": []}', "neither a proposal nor <done/>"),
    "the question": (lambda m: json.dumps(m)[:5_000], "neither a proposal nor <done/>"),
    "a proposal without front matter": (
        lambda m: done(f'<proposal n="{m["documents"][0]["n"]}">\n# Mine\n</proposal>\n'),
        "front matter",
    ),
    "front matter of another kind": (
        lambda m: done(document(m).replace("kind: bugfix", "kind: feature")),
        "`kind` is `feature`",
    ),
    "front matter in another language": (
        lambda m: done(document(m).replace("severity: medium", "schwere: mittel")),
        "schwere",
    ),
    "a severity that there is not": (
        lambda m: done(document(m).replace("severity: medium", "severity: mittel")),
        "severity",
    ),
    "patterns as words": (
        lambda m: done(document(m, pattern="the first one")),
        "patterns",
    ),
    "front matter twice": (
        lambda m: done(document(m).replace("kind: bugfix\n", "kind: bugfix\nkind: bugfix\n")),
        "kind",
    ),
    "headings in another language": (
        lambda m: done(document(m).replace("## Problem", "## Aufgabe")),
        "Aufgabe",
    ),
    "no diff": (lambda m: done(document(m, diff="")), "diff"),
    "a diff of another file": (
        lambda m: done(document(m, diff="--- a/no.yaml\n+++ b/no.yaml\n@@ -1 +1 @@\n-a\n+b\n")),
        "no.yaml",
    ),
    "cut in the proposal": (lambda m: document(m)[:400], "no closing tag"),
    "cut behind the proposal": (lambda m: document(m), "does not end with <done/>"),
    "done before the proposal": (lambda m: f"<done/>\n{document(m)}", "does not end with <done/>"),
    "a NUL": (lambda m: done(document(m, problem="a\x00b")), ""),
    "half a character": (lambda m: done(document(m, problem="a\ud800b")), ""),
}


@pytest.fixture
def target(tmp_path: Path) -> Target:
    target = gateway(tmp_path)
    fail(target)
    return target


def run(target: Target, played: Provider) -> Evaluation:
    patience = Patience(sleep=lambda seconds: None)
    model = AnthropicModel(key="sk-planted", address=played.address, patience=patience)
    return evaluate(target, NOW, trigger="command", model=model)


def said(target: Target, way: Way) -> Evaluation:
    """Evaluate with a model that answers in this way."""
    with serving(otherwise=obeying(way)) as played:
        return run(target, played)


@pytest.mark.parametrize("name", sorted(STRANGE))
def test_a_strange_answer_is_kept_with_its_reason_and_nothing_else(
    target: Target, name: str
) -> None:
    way, reason = STRANGE[name]
    evaluation = said(target, way)
    assert (evaluation.error, evaluation.proposed, evaluation.malformed) == ("", 0, 1)
    kept = RejectedInput.objects.get()
    assert reason in kept.reason
    assert len(kept.text) <= LARGEST_BLOCK + 1_000
    assert "\x00" not in kept.text
    assert not Proposal.objects.exists()
    assert Entry.objects.filter(event="proposal.refused").count() == 1
    assert evaluation.verdict == "1 answer not usable"
    assert Consideration.objects.get().outcome in (Became.UNANSWERED, Became.MALFORMED)


def test_an_answer_of_ten_megabytes_is_not_read_to_its_end(target: Target) -> None:
    evaluation = said(target, lambda m: done(document(m, problem="x" * 10_000_000)))
    assert "answer_too_large: the answer has more than 1,000,000 characters" in evaluation.error
    assert not Proposal.objects.exists()


STOPPED = ["max_tokens", "refusal", "pause_turn", "tool_use", "model_context_window_exceeded"]


@pytest.mark.parametrize("stop_reason", STOPPED)
def test_an_answer_that_did_not_end_by_itself_is_never_acted_on(
    target: Target, stop_reason: str
) -> None:
    with serving(otherwise=obeying(lambda m: done(document(m)), stop_reason)) as played:
        evaluation = run(target, played)
    assert evaluation.malformed == 1
    assert stop_reason in RejectedInput.objects.get().reason
    assert stop_reason in Consideration.objects.get().reason
    assert not Proposal.objects.exists()


def test_a_good_proposal_is_taken_beside_a_strange_one(target: Target) -> None:
    evaluation = said(target, lambda m: done(f"{document(m, number='forged-9')}{document(m)}"))
    assert (evaluation.proposed, evaluation.malformed) == (1, 1)
    assert evaluation.verdict == "1 proposed, 1 answer not usable"


def test_a_proposal_in_a_fence_and_in_words_of_another_language_is_taken(target: Target) -> None:
    def way(material: dict[str, object]) -> str:
        text = document(material)
        first, rest = text.split("\n", 1)
        inside = rest.removesuffix("</proposal>\n")
        return done(f"Bitte sehr:\n{first}\n````markdown\n{inside}````\n</proposal>\n{CHINESE}\n")

    assert said(target, way).proposed == 1


def test_what_was_asked_is_known_even_if_no_answer_came(target: Target, client: Client) -> None:
    with provider(failure(401, "authentication_error")) as played:
        evaluation = run(target, played)
    assert "authentication_error" in evaluation.error
    assert Asked.objects.get(evaluation=evaluation).patterns == 1
    client.force_login(make_user("viewer"))
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert "unknown: no answer came" in page


def test_attempts_that_failed_before_are_counted_as_use_that_nobody_knows(
    target: Target, client: Client
) -> None:
    with provider(failure(529, "overloaded_error"), answer("<done/>\n")) as played:
        evaluation = run(target, played)
    assert evaluation.failed_attempts == 1
    client.force_login(make_user("viewer"))
    page = " ".join(client.get(evaluation.get_absolute_url()).content.decode().split())
    assert "at least 18 in, 7 of them cached, 5 out" in page
