"""Which benchmarks are there, one file each?"""

from benchmarks.measures import (
    code_complexity,
    code_coverage,
    doc_coverage,
    file_organization,
    import_check,
    lint_score,
    security_scan,
    test_pass_rate,
    type_check,
)
from benchmarks.measures.asking import Benchmark

# In the order of `benchmarks.names`.
BENCHMARKS: tuple[Benchmark, ...] = (
    code_coverage.BENCHMARK,
    test_pass_rate.BENCHMARK,
    type_check.BENCHMARK,
    security_scan.BENCHMARK,
    lint_score.BENCHMARK,
    import_check.BENCHMARK,
    code_complexity.BENCHMARK,
    doc_coverage.BENCHMARK,
    file_organization.BENCHMARK,
)
