"""Which gates does every change pass, and in which order?"""

from validation.gates import (
    addresses,
    forbidden_paths,
    guards,
    parameters,
    privileges,
    safety,
    secrets,
    size,
    syntax,
    tests,
)
from validation.verdicts import Gate

# The cheap ones first; all are run, so that a person sees everything at once.
GATES: tuple[Gate, ...] = (
    size,
    forbidden_paths,
    syntax,
    parameters,
    privileges,
    addresses,
    secrets,
    safety,
    guards,
    tests,
)
