"""What does an honest proposal say, before anyone has seen it?"""


def tools_diff(timeout: int = 1200) -> str:
    """Write the diff that gives web_search another time limit."""
    return (
        "--- a/config/tools.yaml\n+++ b/config/tools.yaml\n@@ -1,4 +1,4 @@\n tools:\n"
        f"   web_search:\n-    timeout_ms: 400\n+    timeout_ms: {timeout}\n     retries: 0\n"
    )


def proposal_text(
    *,
    title: str = "Give web_search time to answer",
    kind: str = "bugfix",
    severity: str = "medium",
    risk: str = "low",
    diff: str = "",
    front: str = "",
    target: str = "gateway",
) -> str:
    """Write a submitted proposal; `front` is appended to the front matter as it stands."""
    impact = {
        "optimization": "\n## Performance impact\n\nThe median wait falls by half.\n",
        "enhancement": "\n## User benefit\n\nAnswers arrive.\n",
    }.get(kind, "")
    return f"""\
---
target: {target}
kind: {kind}
severity: {severity}
risk: {risk}
{front}---

# {title}

## Problem

`web_search` is given up after 400 ms, though the index answers in about 700 ms.

## Evidence

| what | value |
|---|---|
| failures | 41 |
| sessions | 12 |

## Root cause

The time limit lies below the median answer of the index.

## Solution

Raise the limit of this one tool; nothing else changes.

```diff
{diff or tools_diff()}```
{impact}
## Risk

Low: a session may wait up to 1.2 s for an answer.

## Rollback plan

Revert the commit; the limit is read again on reload.
"""
