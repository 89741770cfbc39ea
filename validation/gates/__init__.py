"""Which gates does every change pass, and in which order?"""

from validation.gates import (
    addresses,
    authorised,
    entry_points,
    forbidden_paths,
    guards,
    imports,
    parameters,
    privileges,
    safety,
    secrets,
    size,
    syntax,
    tests,
    weakened_tests,
    witness,
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
    weakened_tests,
    authorised,
    safety,
    guards,
    imports,
    entry_points,
    tests,
    witness,
)
_OF_THE_TEXTS: tuple[Gate, ...] = (
    *(syntax, parameters, privileges, addresses, secrets, weakened_tests, safety, guards),
)
# Those that do nothing but read: they are asked in a process of their own, which is ended when it
# takes too long.
READING: tuple[Gate, ...] = (*_OF_THE_TEXTS, authorised)
# Those that start programs of the target: side by side, watched, and stopped when asked. What
# stands in neither is asked in the thread of the check, without a limit of its own.
STARTING: tuple[Gate, ...] = (imports, entry_points, tests, witness)
# Those whose answers depend on nothing but the trees, the rules and the tools: they can be found
# again. A gate that is given anything else (cases of the telemetry, who asks, what is waived) is
# not one.
REPEATABLE: tuple[Gate, ...] = (*_OF_THE_TEXTS, tests)
