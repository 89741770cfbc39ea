"""Does one import of a target begin when two people send files in the same moment?"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from telemetry.imports.records import Import
from telemetry.models import Event
from tests.factories import make_user
from tests.telemetry.imports.bring import hand_in, latest, left, lines, turn
from tests.telemetry.scene import add_target


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_begins_and_nothing_of_the_others_is_left() -> None:
    add_target()
    people = [Client() for _ in range(4)]
    for number, person in enumerate(people):
        person.force_login(make_user("operator", name=f"olga-{number}"))
    together = threading.Barrier(len(people))

    def send(number: int) -> int:
        together.wait()
        try:
            return int(hand_in(people[number], (f"{number}.jsonl", lines(9))).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as crowd:
        answers = sorted(crowd.map(send, range(len(people))))
    assert answers == [302, 409, 409, 409]
    assert Import.objects.count() == 1
    assert [path.name for path in left()] == [file["name"] for file in latest().files]
    turn()
    assert Event.objects.count() == 9
    assert left() == []
