"""What does an answer that is no success mean, and what can be done about it?"""

import json
import re
from typing import Any

from ports.forge import Denied, PermanentError, TemporaryError
from ports.forge.github.limits import said
from ports.forge.github.wire import Answer

LONGEST_WORDS = 400
PASSING = {408, 425, 500, 502, 503, 504, 520, 522, 524, 529}
NEEDED = "docs/github.md lists what the token needs"


class NotThere(Denied):
    """GitHub knows no such thing, or does not show it to this token."""


class Unmergeable(PermanentError):
    """GitHub does not merge it as it stands."""


class Moved(TemporaryError):
    """What was to be merged onto, or merged, moved meanwhile: look again."""


class AlreadyThere(TemporaryError):
    """Somebody, perhaps we ourselves, opened one before: look again."""


class NothingNew(PermanentError):
    """The branch has no commit that the other lacks."""


class NoHead(PermanentError):
    """GitHub does not have the branch that is to be merged."""


class NoBase(PermanentError):
    """GitHub does not have the branch that is merged into."""


def refusal(answer: Answer, doing: str) -> TemporaryError | PermanentError:
    """Return the error that fits; `doing` says what was tried."""
    words = in_short(answer)
    told = f"GitHub answered {answer.status} when we wanted to {doing}"
    told += f": {words}" if words else ""
    if answer.status in PASSING:
        return TemporaryError(f"{told}. It is tried again")
    if 300 <= answer.status < 400:
        return Denied(
            f"{told}. The repository was renamed or transferred: change the target's origin to"
            f" its new address{_whereto(answer)}"
        )
    make = _BY_STATUS.get(answer.status)
    return make(answer, told, words) if make else Denied(f"{told}.")


def in_short(answer: Answer) -> str:
    """Return GitHub's message with what it says of each field, on one line."""
    parts = [said(answer), *(_field(error) for error in errors(answer))]
    line = " ".join(" ".join(part for part in parts if part).split())
    return line[:LONGEST_WORDS]


def errors(answer: Answer) -> list[Any]:
    """Return the list of errors of a 422, whatever is in it."""
    try:
        told = json.loads(answer.body)
    except ValueError:
        return []
    found = told.get("errors") if isinstance(told, dict) else None
    return found if isinstance(found, list) else [found] if found else []


def _field(error: Any) -> str:
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    if isinstance(error.get("message"), str):
        return str(error["message"])
    named = [error.get(key) for key in ("resource", "field", "code")]
    return " ".join(str(part) for part in named if part)


def _unauthorised(answer: Answer, told: str, words: str) -> PermanentError:
    return Denied(
        f"{told}. The token was revoked, has expired or is mistyped, or the clock of this"
        " machine is wrong: set GITHUB_TOKEN, or the App's id and key, anew and start again"
    )


def _forbidden(answer: Answer, told: str, words: str) -> PermanentError:
    sso = answer.headers.get("x-github-sso", "")
    if sso.startswith("required"):
        link = re.search(r"url=(\S+)", sso)
        where = f" at {link[1]}" if link else ""
        return Denied(
            f"{told}. The organisation requires single sign-on: authorise the token for it{where}"
        )
    if "archived" in words.lower():
        return Denied(f"{told}. Unarchive the repository, or pause the target")
    if "ip allow list" in words.lower():
        return Denied(f"{told}. Add this machine's address to the allow list")
    return Denied(f"{told}. {_lacking(answer)}")


def _lacking(answer: Answer) -> str:
    fine = answer.headers.get("x-accepted-github-permissions", "").strip()
    if fine:
        return f"The token lacks a permission; this would be enough: {fine}"
    wanted = _scopes(answer, "x-accepted-oauth-scopes")
    held = _scopes(answer, "x-oauth-scopes")
    if wanted and not wanted & held:
        has = ", ".join(sorted(held)) or "none"
        return f"The token lacks the scope {' or '.join(sorted(wanted))}; it has: {has}"
    return f"The token may not do this; {NEEDED}"


def _scopes(answer: Answer, header: str) -> set[str]:
    listed = answer.headers.get(header, "").split(",")
    return {scope.strip() for scope in listed if scope.strip()}


def _not_found(answer: Answer, told: str, words: str) -> PermanentError:
    return NotThere(
        f"{told}. It does not exist, or the token may not see it: GitHub does not say which."
        f" Look at the target's origin, and whether the token covers that repository; {NEEDED}"
    )


def _not_allowed(answer: Answer, told: str, words: str) -> PermanentError | TemporaryError:
    if "base branch was modified" in words.lower():
        return Moved(f"{told}.")
    return Unmergeable(f"{told}.")


def _conflict(answer: Answer, told: str, words: str) -> PermanentError | TemporaryError:
    return Moved(f"{told}.")


def _gone(answer: Answer, told: str, words: str) -> PermanentError:
    return Denied(f"{told}. It was removed or switched off for this repository")


def _unprocessable(answer: Answer, told: str, words: str) -> PermanentError | TemporaryError:
    if "already exists" in words.lower():
        return AlreadyThere(f"{told}.")
    if "no commits between" in words.lower():
        return NothingNew(f"{told}.")
    for field, kind in (("head", NoHead), ("base", NoBase)):
        if _names(answer, field):
            return kind(f"{told}. GitHub has no such branch: push it, or look at the target")
    return PermanentError(f"{told}.")


def _names(answer: Answer, field: str) -> bool:
    return any(isinstance(one, dict) and one.get("field") == field for one in errors(answer))


def _whereto(answer: Answer) -> str:
    location = answer.headers.get("location", "")
    return f" (GitHub points to {location[:200]})" if location else ""


_BY_STATUS = {
    401: _unauthorised,
    403: _forbidden,
    404: _not_found,
    405: _not_allowed,
    409: _conflict,
    410: _gone,
    422: _unprocessable,
    451: _gone,
}
