"""Which adapter reads which kind of source, and how is its place written?"""

import re
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from ports.telemetry_source import Source as SourcePort
from ports.telemetry_source import docker_client, journal
from ports.telemetry_source.audit_log import AuditLog
from ports.telemetry_source.docker import Docker
from ports.telemetry_source.docker_client import DockerClient
from ports.telemetry_source.files import Files
from ports.telemetry_source.journal import Journal
from telemetry.models import Backend

LONGEST_OTLP = 8_000_000  # a line holds a whole batch of spans
_ADAPTERS: dict[Backend, Callable[[str, int], SourcePort]] = {
    Backend.FILES: Files,
    Backend.DOCKER: Docker,
    Backend.DOCKER_CLIENT: DockerClient,
    Backend.JOURNALD: Journal,
    Backend.AUDIT_LOG: AuditLog,
    Backend.OTLP_FILES: AuditLog,
}
ABOUT: dict[Backend, str] = {
    Backend.FILES: "a path or glob",
    Backend.DOCKER: "a path or glob of docker's json files",
    Backend.DOCKER_CLIENT: "a container's name or glob, or compose:PROJECT/SERVICE",
    Backend.JOURNALD: "unit:NAME, user-unit:NAME, identifier:NAME, or a path of saved entries",
    Backend.AUDIT_LOG: "a path or glob",
    Backend.OTLP_FILES: "a path or glob of what a collector's file exporter writes",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def port_of(backend: str, location: str) -> SourcePort:
    """Return what reads a place."""
    limit = settings.SELFIMPROVE.telemetry.max_line_bytes
    if backend == Backend.OTLP_FILES:
        limit = max(limit, LONGEST_OTLP)
    return _ADAPTERS[Backend(backend)](location, limit)


def fault_of(backend: str, location: str) -> str:
    """Return what is wrong with a place as it is written, or nothing."""
    if backend not in Backend.values:
        return f"{backend}: no such collector; one of {', '.join(Backend.values)}"
    if not location or _CONTROL.search(location):
        return "a place is one line of text without control characters"
    if backend == Backend.DOCKER_CLIENT:
        return _told(location, docker_client.check(location))
    if backend == Backend.JOURNALD and not location.startswith("/"):
        return _told(location, journal.check(location))
    if not Path(location).is_absolute():
        return f"{location}: write the whole path, so that every process means the same"
    if "**" in location:
        return f"{location}: ** is not followed, for folders may lead in circles; name each level"
    return ""


def is_path(backend: str, location: str) -> bool:
    """Say whether a place names files, which may be written from the current folder."""
    return backend != Backend.DOCKER_CLIENT and not (
        backend == Backend.JOURNALD and not journal.check(location)
    )


def _told(location: str, fault: str) -> str:
    return f"{location}: {fault}" if fault else ""
