"""When two reviewers press at once, does exactly one decide?"""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from proposals.models import Proposal, Review, Status, Transition
from tests.factories import make_proposal, make_target, make_user


def _at_once(acts: list[Callable[[], None]]) -> None:
    """Run the acts in threads of their own, started together."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        gate.wait()
        try:
            act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("acts", [("approve", "approve"), ("approve", "reject")])
def test_two_reviewers_at_once_make_one_decision(tmp_path: Path, acts: tuple[str, str]) -> None:
    proposal = make_proposal(make_target(tmp_path))
    answers: dict[str, tuple[int, str]] = {}
    clients = {name: Client() for name in ("anna", "ben")}
    for name, client in clients.items():
        client.force_login(make_user(name=name))

    def press(name: str, act: str) -> None:
        words = {"document_digest": proposal.document_digest, "reason": "No."}
        address = reverse(f"proposals:{act}", args=[proposal.pk])
        response = clients[name].post(address, words, headers={"HX-Request": "true"})
        answers[name] = (response.status_code, response.content.decode())

    _at_once([lambda: press("anna", acts[0]), lambda: press("ben", acts[1])])

    assert sorted(code for code, _ in answers.values()) == [200, 409]
    (winner,) = [name for name, (code, _) in answers.items() if code == 200]
    (loser,) = set(answers) - {winner}
    fresh = Proposal.objects.get()
    assert f"Already {fresh.get_status_display().lower()} by {winner}" in answers[loser][1]
    assert fresh.reviewer == winner
    assert fresh.status in (Status.APPROVED, Status.REJECTED)
    assert Transition.objects.count() == 2
    assert Review.objects.get().reviewer.username == winner
    decided = ("proposal.approved", "proposal.rejected")
    assert Entry.objects.filter(event__in=decided).count() == 1
