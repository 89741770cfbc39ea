"""Where the strict Content-Security-Policy has its one exception."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Respond = Callable[[HttpRequest], HttpResponse]


def relax_admin_csp(respond: Respond) -> Respond:
    """Let the back office's Alpine evaluate expressions, under /admin/ only."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = respond(request)
        if request.path.startswith("/admin/"):
            response._csp_replace = {  # type: ignore[attr-defined]
                "script-src": ["'self'", "'unsafe-eval'"],
                "style-src": ["'self'", "'unsafe-inline'"],
            }
        return response

    return middleware
