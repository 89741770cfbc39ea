"""Set Django up as the product does, with the tables of this measurement and the peers beside."""

from importlib.util import find_spec

from selfimprove.settings import *  # noqa: F403
from selfimprove.settings import DATABASES, INSTALLED_APPS

_POSTGRES = "postgresql" in DATABASES["default"]["ENGINE"]

if find_spec("auditlog"):
    INSTALLED_APPS.append("auditlog")
if find_spec("pghistory") and _POSTGRES:
    INSTALLED_APPS += ["pgtrigger", "pghistory"]
INSTALLED_APPS.append("tests.perf.appending")
