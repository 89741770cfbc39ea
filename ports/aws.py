"""How is a service of AWS reached by boto3, and which of its exceptions say that it is not?"""

# boto3 is an extra: it brings 35 MB of descriptions of services, of which a few are used here, and
# most installations ask nobody at AWS. It is loaded inside the functions that need it.

from dataclasses import dataclass
from functools import cache
from typing import Any

from ports.addresses import is_loopback

INSTALL = (
    "boto3 is not installed. Install it with:"
    " .venv/bin/pip install --require-hashes -r requirements/bedrock.txt"
)
REGION_HERE = "us-east-1"  # where nobody asks for one


class NotInstalled(Exception):
    """boto3 is not there; the words say how to get it."""


@dataclass(frozen=True)
class Place:
    """Say where a service is asked; what is not said, boto3 looks for."""

    region: str = ""
    address: str = ""

    def client(self, service: str, *, connect_seconds: float, read_seconds: float) -> Any:
        """Return a client that asks once per call; raise NotInstalled, or what boto3 raises."""
        try:
            import boto3
            from botocore.config import Config
            from botocore.session import Session
        except ImportError as error:
            raise NotInstalled(INSTALL) from error
        core = Session()
        core.register_component("data_loader", _descriptions())
        chosen, way = self._whom()
        limits = Config(
            connect_timeout=connect_seconds,
            read_timeout=read_seconds,
            retries={"total_max_attempts": 1},
            tcp_keepalive=True,
            ignore_configured_endpoint_urls=True,  # the setting alone says where we ask
            **way,
        )
        return boto3.Session(botocore_session=core).client(service, **chosen, config=limits)

    def _whom(self) -> tuple[dict[str, str], dict[str, Any]]:
        """Say whom boto3 asks and how."""
        given = {"region_name": self.region, "endpoint_url": self.address}
        chosen = {name: value for name, value in given.items() if value}
        if not is_loopback(self.address):
            return chosen, {}
        if self.address.startswith("https://"):
            return chosen, {"proxies": {}}
        # Nobody checks a signature here, and what opens an account is not shown around.
        nobody = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
        region = {"region_name": self.region or REGION_HERE}
        return chosen | nobody | region, {"signature_version": "v4", "proxies": {}}


@cache
def _descriptions() -> Any:
    """Keep what boto3 reads of services: six clients are made in the time of one."""
    from botocore.session import Session

    return Session().get_component("data_loader")


def not_configured() -> tuple[type[Exception], ...]:
    """Name what says that nothing was sent, for want of an account or a region."""
    from botocore import exceptions as theirs

    return (
        *(theirs.NoCredentialsError, theirs.PartialCredentialsError, theirs.NoRegionError),
        *(theirs.CredentialRetrievalError, theirs.ProfileNotFound, theirs.SSOError),
        *(theirs.TokenRetrievalError, theirs.MetadataRetrievalError, theirs.NoAuthTokenError),
        *(theirs.ConfigParseError, theirs.InvalidRegionError),
    )


def unreached() -> tuple[type[Exception], ...]:
    """Name what says that nobody was reached."""
    from botocore import exceptions as theirs

    return (
        *(theirs.EndpointConnectionError, theirs.ConnectTimeoutError),
        *(theirs.ProxyConnectionError, theirs.SSLError),
    )
