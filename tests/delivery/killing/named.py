"""Which acts does each stage take outside, as far as the kills know them?

Whoever teaches a stage a new act names it here; then it is killed there too.
"""

from tests.delivery.killing.effects import AFTER, BEFORE, DURING, LOST, Point

BARE, CHECKED_OUT, GITHUB, ELSEWHERE = "bare", "checked out", "github", "elsewhere"
KINDS = (BARE, CHECKED_OUT, GITHUB, ELSEWHERE)
_LEARN = "clone: git fetch +refs/heads/*:refs/remotes/origin/*"
_BRANCH = "refs/heads/selfimprove/proposal-ID"
_TAG = "refs/tags/selfimprove/snapshot/N"
_DROP = (_LEARN, f"clone: git push :{_BRANCH}", _LEARN, f"clone: git update-ref -d {_BRANCH}")
_MARK = "live/.git/selfimprove-moving"
_MOVE = (
    f"file: open {_MARK}",
    "live: git checkout",
    f"file: os.remove {_MARK}",
    "live: command reload",
)
_FETCHED = "live: git fetch ORIGIN +refs/heads/*:refs/remotes/selfimprove/*"
Acts = tuple[str, ...]

_ON_A_FORGE: dict[str, dict[str, Acts]] = {
    BARE: {
        "pull_request": ("origin: git update-ref refs/selfimprove/pulls/1 refs/pull/1/head",),
        "merge": (
            "origin: git update-ref refs/heads/main refs/selfimprove/pulls/1 refs/pull/1/head",
        ),
        "clean_up": ("origin: git update-ref refs/selfimprove/pulls/1",),
    },
    GITHUB: {
        "pull_request": ("github: POST pulls", "github: POST statuses/…"),
        "merge": ("github: PUT pulls/1/merge",),
        "clean_up": ("github: POST issues/1/comments", "github: PATCH pulls/1"),
    },
}
_ON_A_FORGE[ELSEWHERE] = _ON_A_FORGE[BARE]
_FOLLOWS = "ORIGIN/.git/selfimprove-following"
_ON_A_FORGE[CHECKED_OUT] = {
    **_ON_A_FORGE[BARE],
    "merge": (
        f"file: open {_FOLLOWS}.lock",
        f"file: open {_FOLLOWS}",
        *_ON_A_FORGE[BARE]["merge"],
        "origin: git read-tree",
        f"file: os.remove {_FOLLOWS}",
    ),
}


def acts_of(stage: str, kind: str) -> Acts:
    """Return what a stage does outside, in order."""
    there = _ON_A_FORGE[kind].get(stage, ())
    # Once to hand it over, once to see how it ended.
    deployed = (
        (_LEARN, "deployer: POST", _LEARN) if kind == ELSEWHERE else (_LEARN, _FETCHED, *_MOVE)
    )
    return {
        "snapshot": (_LEARN, f"clone: git update-ref {_TAG}", f"clone: git push {_TAG}:{_TAG}"),
        "branch": (
            _LEARN,
            f"clone: git update-ref {_BRANCH}",
            f"clone: git push +{_BRANCH}:{_BRANCH}",
        ),
        "validate": ("sandbox: run",) * 5,
        "pull_request": there,
        "merge": (_LEARN, *there, *_DROP),
        "deploy": deployed,
        "watch": (),
        "revert": (_LEARN, _LEARN, "clone: git push SHA:refs/heads/main", _LEARN),
        "redeploy": deployed,
        "clean_up": (*there, *_DROP),
    }[stage]


def points_of(stage: str, kind: str) -> list[Point]:
    """Return every moment of a stage at which its worker is killed, or does not hear an answer."""
    acts = acts_of(stage, kind)
    return [
        Point(stage, act, when, acts[: place + 1].count(act))
        for place, act in enumerate(acts)
        for when in _moments(act)
    ]


def _moments(act: str) -> tuple[str, ...]:
    if act.startswith("file:"):  # the interpreter tells of it just before it is done
        return (BEFORE,)
    if act.startswith("github:"):
        return (BEFORE, DURING, AFTER, LOST)
    if act.startswith("clone: git update-ref"):
        return (BEFORE, AFTER)
    return (BEFORE, DURING, AFTER)
