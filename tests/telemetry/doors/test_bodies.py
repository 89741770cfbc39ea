"""Which bodies are read, how far, and what is said of the others?"""

import gzip
import io
import json
import zlib
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from telemetry.doors import bodies
from telemetry.doors.refusals import Refusal
from tests.telemetry.doors.knock import Knock, called, lines, zipped

PATH = "/api/events"
TEXT = b"".join(b"line %d\n" % n for n in range(20_000))


def request(body: bytes, encoding: str = "", headers: Any = None) -> HttpRequest:
    headers = dict(headers or {})
    if encoding:
        headers["HTTP_CONTENT_ENCODING"] = encoding
    return RequestFactory().generic("POST", PATH, body, "application/json", **headers)


class Counted(io.BytesIO):
    """Count what is read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read and count."""
        part = super().read(size)
        self.taken += len(part)
        return part


def refusal(made: HttpRequest) -> Refusal:
    with pytest.raises(Refusal) as caught:
        bodies.read(made)
    return caught.value


def bare(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("GZIP", gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:])),
        ("x-gzip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare(TEXT)),
    ],
)
def test_a_body_comes_out_whole(encoding: str, body: bytes) -> None:
    assert bodies.read(request(body, encoding)) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_cut_compressed_body_is_broken_wherever_it_is_cut(encoding: str) -> None:
    whole = gzip.compress(TEXT) if encoding == "gzip" else zlib.compress(TEXT)
    for end in (1, 5, 11, len(whole) // 2, len(whole) - 1):
        assert refusal(request(whole[:end], encoding)).status == 400


def test_what_is_not_compressed_as_it_says_is_refused() -> None:
    assert refusal(request(TEXT, "gzip")).status == 400
    assert refusal(request(TEXT, "br")).status == 415
    assert refusal(request(gzip.compress(TEXT) + b"more", "gzip")).status == 400


def test_a_large_body_is_refused_by_its_length_before_any_of_it_is_read() -> None:
    stream = Counted(b"x" * 1000)
    made = request(b"", headers={"CONTENT_LENGTH": "100000000", "wsgi.input": stream})
    told = refusal(made)
    assert (told.status, stream.taken) == (413, 0)
    assert "at most 8000000" in told.words


def test_an_endless_body_in_chunks_is_read_to_the_limit_only() -> None:
    stream = Counted(b"x" * 20_000_000)
    made = request(b"", headers={"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream})
    made.META.pop("CONTENT_LENGTH", None)
    assert refusal(made).status == 413
    assert stream.taken <= 8_000_000 + bodies.PIECE


def test_chunks_are_put_together() -> None:
    made = request(
        b"", headers={"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(TEXT)}
    )
    made.META.pop("CONTENT_LENGTH", None)
    assert bodies.read(made) == TEXT


def test_a_zip_bomb_is_stopped_while_it_inflates() -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    assert len(bomb) < 200_000
    told = refusal(request(bomb, "gzip"))
    assert told.status == 413
    assert "inflates to more than 32000000" in told.words
    members = gzip.compress(bytes(1_000_000), 9) * 40
    assert refusal(request(members, "gzip")).status == 413


def test_a_body_shorter_than_announced_is_refused() -> None:
    made = request(b"", headers={"CONTENT_LENGTH": "500", "wsgi.input": io.BytesIO(b"x" * 40)})
    assert "after 40 of 500 bytes" in refusal(made).words


@pytest.mark.parametrize("length", ["-5", "ten", "١٢"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    made = request(b"")
    made.META["CONTENT_LENGTH"] = length
    assert refusal(made).status == 400


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "us-ascii"])
def test_json_is_utf8(charset: str) -> None:
    made = RequestFactory().generic("POST", PATH, b"x", f"application/json; charset={charset}")
    assert bodies.kind_of(made, "application/json") == "application/json"


@pytest.mark.parametrize("charset", ["klingon", "latin-1", "utf-16", "x" * 3000])
def test_another_charset_is_refused(charset: str) -> None:
    made = RequestFactory().generic("POST", PATH, b"x", f"application/json; charset={charset}")
    with pytest.raises(Refusal, match="UTF-8") as caught:
        bodies.kind_of(made, "application/json")
    assert caught.value.status == 415


@pytest.mark.django_db
def test_a_compressed_batch_is_stored() -> None:
    knock = Knock()
    body = zipped(lines(*(called(n) for n in range(300))))
    answer = knock.post(PATH, body, HTTP_CONTENT_ENCODING="gzip")
    assert json.loads(answer.content)["accepted"] == 300
