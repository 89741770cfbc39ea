"""Does an answer come as it is, and never later than it may?"""

import socket
import threading
import time

import pytest

from ports.witness import TemporaryError
from ports.witness.http import HttpWitness
from tests.selfimprove.witness_server import MOODS, Witness, serving


def test_an_answer_comes_with_status_kind_and_text() -> None:
    witness = Witness()
    with serving(witness) as address:
        answer = HttpWitness(address).add_checkpoint(b"old 0\n\na\n1\n" + b"A" * 43 + b"=\n")
        assert (answer.status, answer.kind) == (200, "text/plain")
        assert answer.text.startswith(f"— {witness.name} ")
        answer = HttpWitness(f"{address}/").add_checkpoint(b"old 4\n\na\n1\n" + b"A" * 43 + b"=\n")
        assert answer.status == 400


@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "vast"])
def test_every_status_and_content_is_an_answer(mood: str) -> None:
    witness = Witness()
    witness.mood = mood
    with serving(witness) as address:
        assert HttpWitness(address).add_checkpoint(b"x").status == MOODS[mood][0]


@pytest.mark.parametrize("mood", ["silent", "trickle"])
def test_the_time_is_bounded_as_a_whole(mood: str) -> None:
    witness = Witness()
    witness.mood = mood
    with serving(witness) as address:
        started = time.monotonic()
        with pytest.raises(TemporaryError, match=r"within 0\.5 seconds"):
            HttpWitness(address, seconds=0.5).add_checkpoint(b"x")
        assert time.monotonic() - started < 10


def test_what_is_no_http_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_greet, args=[server])
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(TemporaryError, match="did not answer"):
            HttpWitness(address, seconds=2.0).add_checkpoint(b"x")
        thread.join()


def _greet(server: socket.socket) -> None:
    connected, _ = server.accept()
    with connected:
        connected.recv(65536)
        connected.sendall(b"SSH-2.0-Greetings\r\n")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://127.0.0.1:9/x"])
def test_nobody_there_is_no_answer(address: str) -> None:
    with pytest.raises(TemporaryError, match="did not answer"):
        HttpWitness(address, seconds=2.0).add_checkpoint(b"x")


def test_a_server_without_tls_is_no_answer_over_https() -> None:
    with serving(Witness()) as address, pytest.raises(TemporaryError, match="did not answer"):
        HttpWitness(address.replace("http:", "https:"), seconds=2.0).add_checkpoint(b"x")
