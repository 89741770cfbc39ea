"""Is every act on the outside world told before and after, or does somebody say why not?"""

import ast
from pathlib import Path

from tests.architecture.house import ROOT, sources

# What reaches out, by how it is called: (the name before the dot, the function).
CALLS = {
    ("repository", "push"),
    ("forge", "open"),
    ("forge", "merge"),
    ("forge", "close"),
    ("reviews", "report"),
    ("reviews", "say"),
    ("deployer", "deploy"),
    ("_witness", "add_checkpoint"),
}
STAGE = "a stage: `delivery.intended` stands before it, and how it ended behind it"
TOLD = {
    "delivery/stages/branch.py": STAGE,
    "delivery/stages/clean_up.py": STAGE,
    "delivery/stages/deploy.py": f"{STAGE}; redeploy takes the same way",
    "delivery/stages/merge.py": STAGE,
    "delivery/stages/pull_request.py": STAGE,
    "delivery/stages/revert.py": STAGE,
    "delivery/stages/reviewing.py": "a part of the stage merge",
    "delivery/stages/snapshot.py": STAGE,
    "proposals/pushing.py": "`proposals.publish_intended` and what became of it",
}
# Reached from a stage, or from what tells by itself: whoever calls these is looked at as well.
REACHING = {"delete_branch": {"delivery/watchdog.py": "`branch.remove_intended` and its end"}}
PUBLISHING = (
    "publishing the log: an entry about each would make the next one due; the anchor tells what"
    " is where, and each change from good to bad is an entry"
)
NOT_TOLD = {
    "targets/log_branch.py": PUBLISHING,
    "selfimprove/publishing/witness.py": PUBLISHING,
}


def _calls(path: Path) -> set[tuple[str, str]]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            found.add((name, node.func.attr))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(("", node.func.id))
    return found


def _ours() -> dict[str, set[tuple[str, str]]]:
    return {str(path.relative_to(ROOT)): _calls(path) for path in sources()}


def test_whatever_reaches_out_is_told_or_says_why_not() -> None:
    reaching = {place for place, calls in _ours().items() if calls & CALLS}
    assert reaching == TOLD.keys() | NOT_TOLD.keys()


def test_a_stage_alone_or_what_tells_by_itself_calls_what_reaches_out() -> None:
    for function, others in REACHING.items():
        calling = {place for place, calls in _ours().items() if ("", function) in calls}
        assert {place for place in calling if place not in TOLD} == others.keys()
