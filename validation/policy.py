"""By which rules was a change judged?"""

import hashlib
import json
from dataclasses import asdict

from django.conf import settings

from validation.authorising import sources
from validation.gates import GATES
from validation.gates.forbidden_paths import ALWAYS
from validation.parameters import Parameters
from validation.verdicts import Limits


def digest(limits: Limits, parameters: Parameters) -> str:
    """Name the rules: lists, limits, whitelist, policies and the versions of the gates."""
    rules = {
        "always": sorted(ALWAYS),
        "gates": {gate.NAME: gate.VERSION for gate in GATES},
        "limits": asdict(limits) | {"forbidden_paths": sorted(limits.forbidden_paths)},
        "parameters": parameters.digest,
        "policies": sources.digest(),
        "sandbox": settings.SELFIMPROVE.sandbox.model_dump(),
    }
    text = json.dumps(rules, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
