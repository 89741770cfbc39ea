"""Which part of GitHub's published description do the tests need, and how is it cut out?

    npm pack @octokit/openapi @octokit/webhooks-examples, unpack both, and then
    python -m tests.ports.github.published.cut OPENAPI/generated/api.github.com.json \
        WEBHOOKS/api.github.com/index.json
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DESCRIPTION = HERE / "description.json"
EXAMPLES = HERE / "webhooks.json.gz"
REPOSITORY = "/repos/{owner}/{repo}"
USED = {
    REPOSITORY: ("get",),
    f"{REPOSITORY}/git/ref/{{ref}}": ("get",),
    f"{REPOSITORY}/pulls": ("get", "post"),
    f"{REPOSITORY}/pulls/{{pull_number}}": ("get", "patch"),
    f"{REPOSITORY}/pulls/{{pull_number}}/merge": ("put",),
    f"{REPOSITORY}/pulls/{{pull_number}}/files": ("get",),
    f"{REPOSITORY}/pulls/{{pull_number}}/reviews": ("get",),
    f"{REPOSITORY}/pulls/{{pull_number}}/comments": ("get", "post"),
    f"{REPOSITORY}/pulls/{{pull_number}}/comments/{{comment_id}}/replies": ("post",),
    f"{REPOSITORY}/pulls/comments/{{comment_id}}": ("patch", "delete"),
    f"{REPOSITORY}/issues/comments": ("get",),
    f"{REPOSITORY}/issues/comments/{{comment_id}}": ("patch", "delete"),
    f"{REPOSITORY}/issues/{{issue_number}}/comments": ("get", "post"),
    f"{REPOSITORY}/commits/{{ref}}/check-runs": ("get",),
    f"{REPOSITORY}/commits/{{ref}}/status": ("get",),
    f"{REPOSITORY}/statuses/{{sha}}": ("post",),
    f"{REPOSITORY}/compare/{{basehead}}": ("get",),
    f"{REPOSITORY}/collaborators/{{username}}/permission": ("get",),
    f"{REPOSITORY}/installation": ("get",),
    "/app/installations/{installation_id}/access_tokens": ("post",),
}
WORDS = {"description", "summary", "example", "examples", "externalDocs", "tags", "operationId"}


def main(openapi: str, webhooks: str) -> None:
    """Write both files anew."""
    whole = json.loads(Path(openapi).read_text(encoding="utf-8"))
    text = json.dumps(cut(whole), indent=0, sort_keys=True, separators=(",", ":"))
    DESCRIPTION.write_text(text + "\n", encoding="utf-8")
    examples = json.loads(Path(webhooks).read_text(encoding="utf-8"))
    kept = [{"name": one["name"], "examples": one["examples"]} for one in examples]
    packed = json.dumps(kept, separators=(",", ":")).encode()
    EXAMPLES.write_bytes(gzip.compress(packed, 9, mtime=0))


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """Keep the calls that are used, without the words, and what they refer to."""
    paths: dict[str, Any] = {}
    for path, methods in USED.items():
        shared = whole["paths"][path].get("parameters", [])
        paths[path] = {"parameters": _plain(shared)} if shared else {}
        paths[path] |= {method: _plain(whole["paths"][path][method]) for method in methods}
    components: dict[str, dict[str, Any]] = {}
    waiting = sorted(_references(paths))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = _plain(whole["components"][kind][name])
        waiting.extend(sorted(_references(components[kind][name])))
    return {"openapi": whole["openapi"], "paths": paths, "components": components}


def _plain(part: Any, names: bool = False) -> Any:
    """Drop the words; below `properties` the keys are names of fields, and stay."""
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = part if names else {k: v for k, v in part.items() if k not in WORDS and k[:2] != "x-"}
    return {key: _plain(value, key == "properties") for key, value in kept.items()}


def _references(part: Any) -> set[str]:
    if isinstance(part, list):
        return {found for one in part for found in _references(one)}
    if not isinstance(part, dict):
        return set()
    here = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
    return here | {found for one in part.values() for found in _references(one)}


if __name__ == "__main__":
    main(*sys.argv[1:3])
