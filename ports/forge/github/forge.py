"""How does GitHub keep the contract of a forge, and how is what is said there read?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from ports.forge import (
    Busy,
    Check,
    Light,
    Opinion,
    PermanentError,
    PullRequest,
    Remark,
    Standing,
    State,
    TemporaryError,
)
from ports.forge.github import reading
from ports.forge.github.calls import Api, part
from ports.forge.github.mentions import harmless
from ports.forge.github.refusals import NoBase, NoHead, NothingNew, NotThere, Unmergeable

PLACE = "selfimprove"
LONGEST_BODY = 65_000  # characters; GitHub takes 65,536
LONGEST_TITLE = 250
LONGEST_STATUS = 140
ATTEMPTS = 4
_CUT = "\n\n*It is longer than GitHub takes: the rest stands on the proposal's own page.*\n"
_STATES = {Light.PENDING: "pending", Light.PASSED: "success", Light.FAILED: "failure"}
T = TypeVar("T")


class GitHubForge:
    """Opens, reads, merges and closes the pull requests of one repository of GitHub.

    Whatever changes something looks first whether that happened already, and looks again after
    an answer that did not come: so nothing is done twice, and nothing is taken for undone.
    """

    def __init__(self, api: Api, repository: str, merge_method: str = "merge") -> None:
        self._api = api
        self._repository = repository
        self._merge_method = merge_method

    def find(self, branch: str) -> PullRequest | None:
        """Return the newest pull request of a branch, whatever its state."""
        owner = self._repository.partition("/")[0]
        pulls = self._api.pages(
            self._at("pulls"),
            f"look for the pull request of {branch}",
            head=f"{owner}:{branch}",
            state="all",
            sort="created",
            direction="desc",
        )
        return next((reading.pull_request(one) for one in pulls if self._is_of(one, branch)), None)

    def open(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request for a pushed branch, or return the one that is there."""
        wanted = {
            "head": branch,
            "base": base,
            "title": harmless(" ".join(title.split()))[:LONGEST_TITLE],
            "body": _fitting(harmless(body)),
        }
        return self._until(lambda: self._present(branch), lambda: self._create(wanted))

    def merge(self, number: int, expected_head: str, message: str, at: datetime) -> str:
        """Merge exactly this head and return the merge commit, the same one when repeated."""
        return self._until(
            lambda: self._merged(number, expected_head),
            lambda: self._merge(number, expected_head, message),
        )

    def close(self, number: int) -> None:
        """Close without merging; the branch stays."""

        def closed() -> bool | None:
            state = self.status(number).state
            if state is State.MERGED:
                raise PermanentError(f"pull request {number} is merged: it cannot be closed")
            return True if state is State.CLOSED else None

        def act() -> None:
            doing = f"close pull request {number}"
            self._api.send("PATCH", self._at("pulls", number), doing, {"state": "closed"})

        self._until(closed, act)

    def status(self, number: int) -> PullRequest:
        """Return the pull request as it is now."""
        return reading.pull_request(self._pull(number))

    def standing(self, number: int) -> Standing:
        """Return what people, checks and rules say of a pull request, as of now."""
        pull = self._pull(number)
        head = reading.needed(pull, "head", "sha")
        remarks = self._weighed(sorted(self._remarks(number), key=lambda remark: remark.at))
        checks = [check for check in self._checks(head) if not _is_ours(check.name)]
        return Standing(head, remarks, tuple(checks), reading.obstacle(pull))

    def report(self, commit: str, check: Check) -> None:
        """Show a check of ours beside a commit; a repeat changes nothing."""
        wanted = {
            "state": _STATES[check.light],
            "context": f"{PLACE}/{check.name}",
            "description": check.words[:LONGEST_STATUS],
        }
        if check.url:
            wanted["target_url"] = check.url
        doing = f"report a check on {commit[:12]}"

        def shown() -> bool | None:
            return True if any(_says(one, wanted) for one in self._statuses(commit)) else None

        def act() -> bool:
            self._api.send("POST", self._at("statuses", commit), doing, wanted)
            return True

        self._until(shown, act)

    def say(self, number: int, key: str, text: str) -> None:
        """Comment on a pull request; the same key is never said twice."""
        mark = f"<!-- {PLACE}:{key} -->"
        path = self._at("issues", number, "comments")

        def said() -> bool | None:
            found = self._api.pages(path, f"read the comments of pull request {number}")
            return True if any(mark in reading.text(one, "body") for one in found) else None

        def act() -> bool:
            doing = f"comment on pull request {number}"
            self._api.send("POST", path, doing, {"body": f"{_fitting(harmless(text))}\n\n{mark}"})
            return True

        self._until(said, act)

    def _until(self, look: Callable[[], T | None], act: Callable[[], T | None]) -> T:
        """Act unless it is done already; after an answer that never came, look before acting."""
        patience = self._api.patience
        for attempt in range(ATTEMPTS):
            if (found := look()) is not None:
                return found
            try:
                if (done := act()) is not None:
                    return done
            except Busy:  # GitHub did nothing but refuse
                raise
            except TemporaryError:
                if attempt + 1 == ATTEMPTS:
                    raise
                patience.sleep(patience.first_pause * 2**attempt)
        raise TemporaryError("GitHub says that it was done, and does not show it")

    def _present(self, branch: str) -> PullRequest | None:
        found = self.find(branch)
        if found is None or found.state is State.OPEN:
            return found
        if found.state is State.MERGED and found.head == self._head_of(branch):
            return found
        return None

    def _head_of(self, branch: str) -> str:
        try:
            doing = f"look where {branch} is"
            return reading.text(
                self._api.get(self._at("git/ref/heads", branch), doing), "object", "sha"
            )
        except NotThere:
            return ""

    def _create(self, wanted: dict[str, str]) -> PullRequest:
        head, base = wanted["head"], wanted["base"]
        try:
            made = self._api.send("POST", self._at("pulls"), "open a pull request", wanted)
        except NothingNew as error:
            raise PermanentError(f"{head} has nothing that {base} does not have") from error
        except (NoHead, NoBase) as error:
            name = head if isinstance(error, NoHead) else base
            raise PermanentError(f"the origin has no branch {name}: push it first") from error
        return reading.pull_request(made)

    def _merged(self, number: int, expected_head: str) -> str | None:
        pull = self.status(number)
        if pull.state is State.CLOSED:
            raise PermanentError(f"pull request {number} is closed")
        if pull.head != expected_head:
            raise PermanentError(
                f"{pull.branch} is at {pull.head[:12]}; {expected_head[:12]} was to be merged"
            )
        return pull.merge_commit or None

    def _merge(self, number: int, expected_head: str, message: str) -> str | None:
        title, _, rest = message.strip().partition("\n")
        wanted = {
            "sha": expected_head,
            "merge_method": self._merge_method,
            "commit_title": title.strip(),
            "commit_message": rest.strip(),
        }
        path, doing = self._at("pulls", number, "merge"), f"merge pull request {number}"
        try:
            done = self._api.send("PUT", path, doing, wanted)
        except Unmergeable as error:
            raise self._why_not(number, error) from error
        return reading.text(done, "sha") or None if reading.dig(done, "merged") is True else None

    def _why_not(self, number: int, error: Unmergeable) -> Exception:
        """Find out more than GitHub says: whether it knows yet, and which files are in the way."""
        pull = self._pull(number)
        state = reading.text(pull, "mergeable_state")
        if state == "unknown" or reading.text(pull, "merged_at"):
            return TemporaryError(f"{error} It is not known yet whether it can be merged")
        if state != "dirty":
            return PermanentError(str(error))
        branch, base = reading.text(pull, "head", "ref"), reading.text(pull, "base", "ref")
        both = self._changed_by_both(number, pull)
        where = ", ".join(both) or "files that GitHub does not name"
        return PermanentError(f"{branch} conflicts with {base} in {where}")

    def _changed_by_both(self, number: int, pull: Any) -> list[str]:
        doing = f"see what pull request {number} conflicts with"
        ours = self._api.pages(self._at("pulls", number, "files"), doing)
        names = {reading.text(one, "filename") for one in ours}
        span = f"{reading.needed(pull, 'head', 'sha')}...{reading.needed(pull, 'base', 'ref')}"
        theirs = self._api.get(self._at("compare", span), doing)
        files = reading.dig(theirs, "files")
        others = {reading.text(one, "filename") for one in files or []}
        return sorted((names & others) - {""})

    def _pull(self, number: int) -> Any:
        doing = f"look at pull request {number}"
        try:
            return self._api.get(self._at("pulls", number), doing)
        except NotThere as error:
            self._api.get(self._at(), f"look at {self._repository}")  # else it says that instead
            raise PermanentError(
                f"there is no pull request {number} in {self._repository}"
            ) from error

    def _remarks(self, number: int) -> list[Remark]:
        doing = f"read what is said of pull request {number}"
        lists = (
            (self._at("pulls", number, "reviews"), reading.review),
            (self._at("pulls", number, "comments"), reading.comment),
            (self._at("issues", number, "comments"), reading.comment),
        )
        return [
            remark
            for path, read in lists
            for remark in reading.each(list(self._api.pages(path, doing)), read)
        ]

    def _weighed(self, remarks: list[Remark]) -> tuple[Remark, ...]:
        """Mark the verdicts of those who may write: a stranger's yes is worth as much as a no."""
        judges = {one.author for one in remarks if one.opinion is not Opinion.SAID}
        may = {name for name in judges if self._may_write(name)}
        return tuple(replace(one, counts=one.author in may) for one in remarks)

    def _may_write(self, login: str) -> bool:
        doing = f"see whether {login} may decide"
        try:
            told = self._api.get(self._at("collaborators", login, "permission"), doing)
        except NotThere:  # an account that was deleted, or no account
            return False
        return reading.text(told, "permission") in ("admin", "maintain", "write")

    def _checks(self, head: str) -> list[Check]:
        doing = f"read the checks of {head[:12]}"
        runs = self._api.pages(self._at("commits", head, "check-runs"), doing, "check_runs")
        statuses = reading.each(self._statuses(head), reading.status)
        return [*reading.each(list(runs), reading.check_run), *statuses]

    def _statuses(self, commit: str) -> list[Any]:
        doing = f"read the statuses of {commit[:12]}"
        return list(self._api.pages(self._at("commits", commit, "status"), doing, "statuses"))

    def _is_of(self, content: Any, branch: str) -> bool:
        """Tell whether it is this repository's branch: GitHub ignores a filter it cannot read."""
        whose = reading.text(content, "head", "repo", "full_name").lower()
        here = whose == self._repository.lower()
        return here and reading.text(content, "head", "ref") == branch

    def _at(self, *parts: object) -> str:
        return "/".join((f"/repos/{self._repository}", *(part(one) for one in parts)))


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else text[: LONGEST_BODY - len(_CUT)] + _CUT


def _is_ours(name: str) -> bool:
    return name.startswith(f"{PLACE}/")


def _says(content: Any, wanted: dict[str, str]) -> bool:
    return all(reading.text(content, key) == value for key, value in wanted.items())
