"""How does GitHub write what it remembers, in the form that its description publishes?"""

from typing import Any

from tests.ports.github.hub import Hub, Pull
from tests.ports.github.published import description
from tests.ports.github.published.cut import REPOSITORY

ROOT = "https://github.test"


def _form(method: str, path: str, status: int = 200, item: bool = False) -> dict[str, Any]:
    schema = description.schema_of(method, path, status)
    made: dict[str, Any] = description.sample(schema["items"] if item else schema)
    return made


def pull(hub: Hub, one: Pull, *, whole: bool) -> dict[str, Any]:
    """Write a pull request, for a list or by itself."""
    path = f"{REPOSITORY}/pulls/{{pull_number}}" if whole else f"{REPOSITORY}/pulls"
    made = _form("get", path, item=not whole)
    made |= {
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "state": "closed" if one.is_closed or one.merge else "open",
        "draft": one.is_draft,
        "html_url": f"{ROOT}/{hub.name}/pull/{one.number}",
        "merged_at": "2026-03-01T12:00:00Z" if one.merge else None,
        "merge_commit_sha": one.merge or "f" * 40,  # a trial merge, before the merge
    }
    for side, name, sha in (("head", one.branch, one.head), ("base", one.base, hub.ref(one.base))):
        made[side] |= {"ref": name, "sha": sha or "0" * 40, "label": f"acme:{name}"}
        made[side]["repo"] = repository(hub) if made[side]["repo"] is None else made[side]["repo"]
        made[side]["repo"] |= {"full_name": hub.name, "name": hub.name.partition("/")[2]}
    made["user"] = _user() | {"login": "selfimprove"}
    if whole:
        state = hub.state(one)
        mergeable = None if state == "unknown" else state not in ("dirty", "draft")
        made |= {"merged": bool(one.merge), "mergeable": mergeable, "mergeable_state": state}
    return made


def repository(hub: Hub) -> dict[str, Any]:
    """Write the repository with what the token may do in it."""
    rights = {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True}
    return _form("get", REPOSITORY) | {
        "full_name": hub.name,
        "archived": hub.is_archived,
        "default_branch": "main",
        "permissions": rights,
        "allow_merge_commit": True,
        "allow_squash_merge": True,
        "allow_rebase_merge": True,
    }


def reference(branch: str, sha: str) -> dict[str, Any]:
    """Write where a branch is."""
    made = _form("get", f"{REPOSITORY}/git/ref/{{ref}}")
    made["object"] |= {"sha": sha, "type": "commit"}
    return made | {"ref": f"refs/heads/{branch}"}


def merged(sha: str) -> dict[str, Any]:
    """Write that a merge was made."""
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


def named_files(names: list[str]) -> list[dict[str, Any]]:
    """Write which files a pull request changes."""
    form = _form("get", f"{REPOSITORY}/pulls/{{pull_number}}/files", item=True)
    return [{**form, "filename": name, "sha": "a" * 40} for name in names]


def comparison(names: list[str]) -> dict[str, Any]:
    """Write what two commits differ in."""
    made = _form("get", f"{REPOSITORY}/compare/{{basehead}}")
    return made | {"files": named_files(names)}


def review(login: str, state: str, body: str, commit: str, at: str) -> dict[str, Any]:
    """Write a review."""
    made = _form("get", f"{REPOSITORY}/pulls/{{pull_number}}/reviews", item=True)
    return _by(made, login) | {
        "state": state, "body": body, "commit_id": commit, "submitted_at": at,
    }  # fmt: skip


def line_comment(
    login: str, body: str, path: str, line: int | None, at: str, **more: Any
) -> dict[str, Any]:
    """Write a comment on a line."""
    made = _form("get", f"{REPOSITORY}/pulls/{{pull_number}}/comments", item=True)
    said = {"body": body, "path": path, "line": line, "created_at": at, "updated_at": at}
    return _by(made, login) | said | more


def comment(login: str, body: str, number: int) -> dict[str, Any]:
    """Write a comment on the whole."""
    made = _form("get", f"{REPOSITORY}/issues/{{issue_number}}/comments", item=True)
    at = "2026-03-01T12:00:00Z"
    return _by(made, login) | {"id": number, "body": body, "created_at": at, "updated_at": at}


def check_run(name: str, status: str, conclusion: str | None, sha: str) -> dict[str, Any]:
    """Write a check of an App."""
    schema = description.schema_of("get", f"{REPOSITORY}/commits/{{ref}}/check-runs", 200)
    made = description.sample(schema["properties"]["check_runs"]["items"])
    made |= {"name": name, "status": status, "conclusion": conclusion, "head_sha": sha}
    return dict(made)


def status(wanted: dict[str, Any]) -> dict[str, Any]:
    """Write a commit status as the call that makes one answers."""
    made = _form("post", f"{REPOSITORY}/statuses/{{sha}}", 201)
    made |= {key: wanted.get(key) for key in ("state", "context", "description", "target_url")}
    return made


def combined(sha: str, statuses: list[dict[str, Any]]) -> dict[str, Any]:
    """Write the newest status of every context."""
    made = _form("get", f"{REPOSITORY}/commits/{{ref}}/status")
    form = description.sample({"$ref": "#/components/schemas/simple-commit-status"})
    newest = {one["context"]: one for one in statuses}
    keys = ("state", "context", "description", "target_url")
    listed = [{**form, **{key: one[key] for key in keys}} for one in newest.values()]
    return made | {"sha": sha, "statuses": listed, "total_count": len(listed)}


def permission(login: str, level: str) -> dict[str, Any]:
    """Write what somebody may do."""
    path = f"{REPOSITORY}/collaborators/{{username}}/permission"
    return _form("get", path) | {"permission": level, "role_name": level}


def installation() -> dict[str, Any]:
    """Write where an App is installed."""
    return _form("get", f"{REPOSITORY}/installation") | {"id": 77}


def installation_token(token: str, until: str) -> dict[str, Any]:
    """Write the token of an installation."""
    path = "/app/installations/{installation_id}/access_tokens"
    return _form("post", path, 201) | {"token": token, "expires_at": until}


def _by(made: dict[str, Any], login: str) -> dict[str, Any]:
    user = dict(made.get("user") or {}) or _user()
    return made | {"user": user | {"login": login}}


def _user() -> dict[str, Any]:
    made: dict[str, Any] = description.sample({"$ref": "#/components/schemas/simple-user"})
    return made
