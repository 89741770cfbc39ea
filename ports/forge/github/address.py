"""Which repository of GitHub is an origin?"""

import re

from ports.forge import PermanentError
from ports.forge.github.options import GitHub

# https://HOST/owner/name.git, ssh://git@HOST:22/owner/name, git@HOST:owner/name.git
_ORIGIN = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^/@]*@)?(?P<host>[^/:@]+)(?::\d+)?/"
    r"|(?:[^/@:]+@)?(?P<alias>[^/:@]+):(?!/))"
    r"(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?",
    re.ASCII,
)


def repository_of(slug: str, origin: str, options: GitHub) -> str:
    """Return OWNER/NAME of a target: as it is set, or as its origin says."""
    if named := options.repositories.get(slug):
        return named
    found = _ORIGIN.fullmatch(origin)
    host = (found["host"] or found["alias"]) if found else ""
    # GitHub serves git over port 443 of a host of its own, for those behind firewalls.
    if found is None or host.lower().removeprefix("ssh.") != options.host:
        raise PermanentError(
            f"{slug}: {origin} is no address at {options.host}, so its repository there is not"
            f' known; set it: [github.repositories], {slug} = "OWNER/NAME"'
        )
    return f"{found['owner']}/{found['name']}"
