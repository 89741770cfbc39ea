"""How is what people say about a pull request on GitHub read, written, changed and resolved?"""

from collections.abc import Mapping
from typing import Any

from ports.forge import Opinion, PermanentError
from ports.forge.github import graph, reading
from ports.forge.github.calls import Api, part
from ports.forge.github.mentions import harmless
from ports.forge.github.refusals import NotThere
from ports.forge.talk import Heard, Spot, Strand, Uttered

LONGEST = 65_000  # characters; GitHub takes 65,536
LINE, WHOLE, REVIEW = "line", "whole", "review"
_SIDES = {"LEFT": "L", "RIGHT": "R"}
_LISTS = {LINE: "pulls", WHOLE: "issues"}


class GitHubConversation:
    """Reads and writes the comments of one repository's pull requests."""

    def __init__(self, api: Api, repository: str) -> None:
        self._api = api
        self._repository = repository

    def hear(self, number: int) -> Heard:
        """Return all that is said of a pull request now."""
        doing = f"read what is said of pull request {number}"
        opened_by = reading.text(self._api.get(self._at("pulls", number), doing), "user", "login")
        lists = (
            (LINE, self._at("pulls", number, "comments")),
            (WHOLE, self._at("issues", number, "comments")),
            (REVIEW, self._at("pulls", number, "reviews")),
        )
        uttered = [
            _uttered(kind, content, opened_by)
            for kind, path in lists
            for content in self._api.pages(path, doing)
            if reading.number(content, "id") is not None
        ]
        ordered = sorted(uttered, key=lambda one: (one.at, _order(one.name)))
        return Heard(tuple(ordered), self._strands(number))

    def speak(
        self, number: int, text: str, *, commit: str = "", spot: Spot | None = None, root: str = ""
    ) -> str:
        """Comment on a line, in a thread or on the whole; return the comment's name there."""
        wanted: dict[str, object] = {"body": text}
        doing, kind = f"comment on pull request {number}", WHOLE
        path = self._at("issues", number, "comments")
        if root or spot:
            kind, path = LINE, self._at("pulls", number, "comments")
        if root:
            path += f"/{_id(root)}/replies"
        elif spot:
            wanted |= {"commit_id": commit, "path": spot.path, "line": spot.line}
            wanted["side"] = "LEFT" if spot.side == "L" else "RIGHT"
        made = reading.number(self._api.send("POST", path, doing, wanted), "id")
        if made is None:
            raise PermanentError(f"GitHub does not name the comment when we wanted to {doing}")
        return f"{kind}:{made}"

    def change(self, name: str, text: str) -> None:
        """Put another text in the place of a comment of ours."""
        self._api.send("PATCH", self._one(name), "change a comment of ours", {"body": text})

    def withdraw(self, name: str) -> None:
        """Delete a comment of ours; one that is gone already is fine."""
        try:
            self._api.ask("DELETE", self._api.root + self._one(name), "delete a comment of ours")
        except NotThere:
            # Else the repository itself is out of sight, and nothing was deleted.
            self._api.get(self._at(), f"look at {self._repository}")

    def settle(self, strand: Strand, *, resolved: bool) -> None:
        """Resolve a thread, or open it again."""
        doing = "resolve a thread" if resolved else "open a thread again"
        query = graph.RESOLVE if resolved else graph.UNRESOLVE
        graph.ask(self._api, query, doing, id=strand.key)

    def _strands(self, number: int) -> Mapping[str, Strand]:
        found = {}
        for content in graph.threads(self._api, self._repository, number):
            first = reading.dig(content, "comments", "nodes")
            root = (
                reading.number(first[0], "databaseId") if isinstance(first, list) and first else 0
            )
            by = reading.text(content, "resolvedBy", "login")
            is_resolved = reading.dig(content, "isResolved") is True
            found[f"{LINE}:{root}"] = Strand(reading.text(content, "id"), is_resolved, by)
        return found

    def _one(self, name: str) -> str:
        kind = name.partition(":")[0]
        return self._at(_LISTS[kind], "comments", _id(name))

    def _at(self, *parts: object) -> str:
        return "/".join((f"/repos/{self._repository}", *(part(one) for one in parts)))


def written(text: str, mark: str = "") -> str:
    """Return a text as it may stand there: calling nobody, not too long, and with our mark."""
    end = f"\n\n<!-- {mark} -->" if mark else ""
    return harmless(text)[: LONGEST - len(end)] + end


def _id(name: str) -> str:
    return name.partition(":")[2]


def _order(name: str) -> int:
    return int(_id(name))


def _uttered(kind: str, content: Any, opened_by: str) -> Uttered:
    author = reading.text(content, "user", "login")
    at = reading.text(content, "submitted_at" if kind == REVIEW else "created_at")
    root = reading.number(content, "in_reply_to_id")
    return Uttered(
        name=f"{kind}:{reading.number(content, 'id')}",
        author=author or "ghost",  # an account that was deleted
        text=reading.text(content, "body"),
        at=at,
        edited=reading.text(content, "updated_at") or at,
        opinion=reading.review(content).opinion if kind == REVIEW else Opinion.SAID,
        spot=_spot(content) if kind == LINE else None,
        is_current=reading.number(content, "line") is not None,
        line_text=_last_line(reading.text(content, "diff_hunk")),
        root=f"{LINE}:{root}" if root is not None else "",
        is_ours=bool(author) and author == opened_by,
    )


def _spot(content: Any) -> Spot | None:
    line = reading.number(content, "line") or reading.number(content, "original_line")
    path = reading.text(content, "path")
    if line is None or line < 1 or not path:  # about a file as a whole
        return None
    return Spot(path, _SIDES.get(reading.text(content, "side").upper(), "R"), line)


def _last_line(hunk: str) -> str:
    """Return the line that a comment is about: GitHub shows the hunk up to there."""
    return hunk.rstrip("\n").rpartition("\n")[2][1:]
