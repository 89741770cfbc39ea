"""Why does a line tell of no event?"""

import json

from telemetry.events.log_shapes import MESSAGES
from telemetry.models import Backend

PHRASES = "“Tool execution”, “Extension called”, “Task completed” or “Task failed”"


def why_left(text: str, backend: str) -> str:
    """Return a reason that says what would have to be there."""
    stripped = text.lstrip()
    if backend == Backend.OTLP_FILES:
        return "an OTLP batch without spans or records that we know"
    if stripped[:1] != "{":
        if backend == Backend.AUDIT_LOG:
            return "no JSON object"
        if stripped.startswith(("Traceback (", 'File "', "at ", "Caused by:")):
            return "part of a stack trace: only the line that names the tool counts"
        return f"a text line that does not say {PHRASES}"
    return _why_not_json(stripped, backend)


def _why_not_json(text: str, backend: str) -> str:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return "broken JSON: cut off, or written by two writers at once"
    if not isinstance(entry, dict):
        return "no JSON object"
    if "event_type" in entry:
        return "an event_type that is none of the five"
    if backend == Backend.AUDIT_LOG:
        return "a JSON object without event_type and without action"
    if "action" in entry:
        return "a JSON object with action: add it with the collector audit_log"
    if "resourceSpans" in entry or "resourceLogs" in entry:
        return "an OTLP batch: add it with the collector otlp_files"
    if any(entry.get(name) for name in MESSAGES):
        return f"a JSON line whose message does not say {PHRASES}"
    return "a JSON object without event_type and without a message"
