"""What did a request bring, read no further than allowed and inflated no larger?"""

import codecs
import zlib
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from telemetry.doors.refusals import Refusal

PIECE = 65_536
_GZIP, _ZLIB, _RAW = 31, 15, -15  # what zlib calls the three wrappings
_UTF8 = {"utf-8", "ascii"}


def kind_of(request: HttpRequest, *allowed: str) -> str:
    """Return the content type; refuse another one, and a charset that JSON does not have."""
    kind = (request.content_type or "").strip().lower()
    if kind not in allowed:
        words = f"it is {kind[:60]}" if kind else "there is none"
        raise Refusal(415, f"Content-Type: {words}; send {' or '.join(allowed)}.")
    charset = (request.content_params or {}).get("charset", "utf-8").strip("\"' ")
    try:
        known = codecs.lookup(charset).name
    except (LookupError, ValueError):
        raise Refusal(415, "Content-Type: that charset is not known; send UTF-8.") from None
    if known not in _UTF8:
        raise Refusal(415, f"Content-Type: the charset is {known}; send UTF-8.")
    return kind


def read(request: HttpRequest) -> bytes:
    """Return the whole body, inflated; refuse a large, broken or endless one."""
    limits = settings.SELFIMPROVE.doors
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    pieces = _pieces(request, limits.max_body_bytes)
    if encoding in ("", "identity"):
        return b"".join(pieces)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Refusal(415, "Content-Encoding: send gzip, deflate or none.")
    inflated = _Inflated("deflate" if encoding == "deflate" else "gzip", limits.max_inflated_bytes)
    for piece in pieces:
        inflated.add(piece)
    return inflated.whole()


def _pieces(request: HttpRequest, most: int) -> Iterator[bytes]:
    """Yield the raw body; stop before the limit is passed, not after."""
    length = _length(request)
    if length is not None and length > most:
        raise Refusal(413, f"The body has {length} bytes; at most {most}. Send smaller batches.")
    got = 0
    try:
        while piece := _piece(request, length):
            got += len(piece)
            if got > most:
                raise Refusal(413, f"The body has more than {most} bytes. Send smaller batches.")
            yield piece
    except (UnreadablePostError, OSError):
        raise Refusal(400, "The body ended early; send it again.") from None
    if length is not None and got < length:
        raise Refusal(400, f"The body ended after {got} of {length} bytes; send it again.")


def _piece(request: HttpRequest, length: int | None) -> bytes:
    """Read on; a body sent in chunks has no length, and Django would take it for empty."""
    if length is None:
        stream = request.META.get("wsgi.input")
        return bytes(stream.read(PIECE)) if stream is not None else b""
    return bytes(request.read(PIECE))


def _length(request: HttpRequest) -> int | None:
    written = request.META.get("CONTENT_LENGTH")
    if written in (None, ""):
        chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        return None if chunked else 0
    if not (isinstance(written, str) and written.isascii() and written.isdigit()):
        raise Refusal(400, "Content-Length: it is no number.")
    return int(written[:20])


class _Inflated:
    """Gather what a compressed body holds, and stop at the limit while inflating."""

    def __init__(self, wrapping: str, most: int) -> None:
        self.wrapping, self.most = wrapping, most
        self.engine: zlib._Decompress | None = None
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, data: bytes) -> None:
        """Inflate one piece; gzip may hold several members, one behind the other."""
        try:
            while data:
                if self.engine is None:
                    self.engine = zlib.decompressobj(self._bits(data))
                data = self._step(data)
        except zlib.error:
            raise Refusal(400, f"The body is no whole {self.wrapping}; send it again.") from None

    def _step(self, data: bytes) -> bytes:
        engine = self.engine
        assert engine is not None  # noqa: S101  # made just before
        part = engine.decompress(data, self.most - self.size + 1)
        self.parts.append(part)
        self.size += len(part)
        if self.size > self.most:
            raise Refusal(413, f"The body inflates to more than {self.most} bytes; send less.")
        if engine.eof:
            rest, self.engine = engine.unused_data, None
            return rest if self.wrapping == "gzip" else b""
        return engine.unconsumed_tail

    def _bits(self, data: bytes) -> int:
        """Tell deflate as HTTP means it from the bare one that many send."""
        if self.wrapping == "gzip":
            return _GZIP
        whole = len(data) > 1 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
        return _ZLIB if whole else _RAW

    def whole(self) -> bytes:
        """Return everything; a stream that did not end is broken."""
        if self.engine is not None:
            raise Refusal(400, f"The {self.wrapping} body is cut off; send it again.")
        return b"".join(self.parts)
