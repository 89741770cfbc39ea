"""Which secret do we share with the deployer of a target?"""

import os
import re
from collections.abc import Mapping

from ports.deployer import PermanentError
from ports.signed import BadSecret, Secrets, read_secrets

PREFIX = "DEPLOY_WEBHOOK_SECRET_"


def name_of(slug: str) -> str:
    """Return the name of the variable that holds the secret of a target."""
    return PREFIX + re.sub(r"\W", "_", slug.upper())


def secrets_of(slug: str, environ: Mapping[str, str] | None = None) -> Secrets:
    """Return the secrets of a target; raise PermanentError, which never tells any of them."""
    name = name_of(slug)
    text = (os.environ if environ is None else environ).get(name, "")
    try:
        return read_secrets(text)
    except BadSecret as error:
        raise PermanentError(
            f"{name} cannot be used: {error}. Set it in the environment to whsec_ and the base64"
            " of 24 to 64 random bytes, the same at the deployer"
        ) from error
