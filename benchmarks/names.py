"""What are our benchmarks called, where the configuration has to know before anything runs?"""

# What takes longest comes first, so that the rest runs beside it.
NAMES = (
    "code_coverage",
    "test_pass_rate",
    "type_check",
    "security_scan",
    "lint_score",
    "import_check",
    "code_complexity",
    "doc_coverage",
    "file_organization",
)
