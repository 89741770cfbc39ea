"""May this agent call this tool?"""

from gateway.settings import Settings


class NotAllowed(PermissionError):
    """Tell who may not call what."""


def check(settings: Settings, agent: str, tool: str) -> None:
    """Refuse a call that agents.yaml does not grant."""
    known = settings.agents.get(agent)
    if known is None:
        raise NotAllowed(f"{agent} is not an agent of this gateway")
    if tool not in known.calls:
        raise NotAllowed(f"{agent} may not call {tool}")


def check_host(settings: Settings, host: str) -> None:
    """Refuse a connection to a host that the allowlist does not name."""
    if host not in settings.hosts:
        raise NotAllowed(f"{host} is not in the allowlist")
