"""What does an honest proposal look like before anyone has seen it?"""

DIFF = """\
--- a/config/tools.yaml
+++ b/config/tools.yaml
@@ -1,4 +1,4 @@
 tools:
   web_search:
-    timeout_ms: 400
+    timeout_ms: 1200
     retries: 0
"""

BUGFIX = f"""\
---
target: gateway
kind: bugfix
severity: medium
risk: low
---

# Give web_search time to answer

## Problem

`web_search` is given up after 400 ms; the index answers in about 700 ms.

## Evidence

| what | value |
|---|---|
| failures | 41 |
| sessions | 12 |

## Root cause

The time limit lies below the median answer.

## Solution

Raise the limit of this one tool.

```diff
{DIFF}```

## Risk

Low: a session may wait up to 1.2 s.

## Rollback plan

Revert the commit; the limit is read again on reload.
"""
