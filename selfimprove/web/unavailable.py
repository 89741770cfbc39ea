"""What a person is told when the database is busy or away: come back, nothing is lost."""

import sqlite3
import sys
from collections.abc import Callable

import structlog
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_SECONDS = 5
# The first byte of SQLite's result code: busy, locked, read-only, i/o, full, cannot open.
PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
log = structlog.get_logger("selfimprove.web")
Respond = Callable[[HttpRequest], HttpResponse]


def is_away(error: BaseException | None) -> bool:
    """Tell whether the database is busy or away; a table that is missing is neither."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is None or (code & 0xFF) in PASSING


def come_back(request: HttpRequest, error: Error) -> HttpResponse:
    """Answer with 503 and when to come back; needs nothing that could be away as well."""
    log.warning("the database is away", path=request.path, error=str(error))
    page = render_to_string("503.html", {"again": request.path if request.method == "GET" else ""})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def say_when_the_database_is_away(respond: Respond) -> Respond:
    """Turn what a view or its page met into the 503 page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return respond(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        return come_back(request, error) if isinstance(error, Error) and is_away(error) else None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def failed(request: HttpRequest) -> HttpResponse:
    """Answer for what failed around the views, in sessions and sign-ins for example."""
    error = sys.exc_info()[1]
    if isinstance(error, Error) and is_away(error):
        return come_back(request, error)
    return server_error(request)
