"""Of which kind is a changed file: a document, a test, a setting, code, or what judges?"""

from collections.abc import Sequence

from validation import judges
from validation.paths import matches, skeleton

# The first that fits names the kind; what judges comes before whatever else it may be as well.
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("policies", ("**/*.cedar", "**/*.cedarschema", "config/policies/**")),
    ("benchmarks", ("**/benchmarks/**", "**/benchmark/**", "**/bench/**", "**/benches/**")),
    (
        "merge",
        (
            *(".selfimprove.toml", "**/CODEOWNERS", ".github/**", ".gitlab-ci.yml"),
            *(".gitlab/**", ".circleci/**", "**/Jenkinsfile", ".pre-commit-config.yaml"),
            *("azure-pipelines.yml", ".travis.yml", ".gitattributes", ".gitmodules"),
        ),
    ),
    (
        "permissions",
        (
            *("**/permissions.*", "**/permissions/**", "**/roles.*", "**/rbac.*", "**/rbac/**"),
            "**/sudoers*",
        ),
    ),
)
_AFTER: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "code",
        (
            *("**/*.py", "**/*.pyi", "**/*.sh", "**/*.js", "**/*.ts", "**/*.jsx", "**/*.tsx"),
            *("**/*.go", "**/*.rs", "**/*.java", "**/*.rb", "**/*.c", "**/*.h", "**/*.cpp"),
            *("**/*.sql", "**/Makefile", "**/Dockerfile*", "**/*.html", "**/*.css"),
            "**/*requirements*.txt",
        ),
    ),
    (
        "settings",
        (
            *("**/*.y*ml", "**/*.json", "**/*.toml", "**/*.ini", "**/*.cfg", "**/*.conf"),
            *("**/*.env", "**/.env*", "**/*.properties", "**/*.xml"),
        ),
    ),
    ("docs", ("**/*.md", "**/*.rst", "**/*.txt", "**/*.adoc")),
)


def kind_of(path: str, *, holds_parameters: bool) -> str:
    """Name the kind of a path."""
    plain = skeleton(path)
    for kind, patterns in _KINDS:
        if _fits(patterns, plain):
            return kind
    if judges.is_test(plain):
        return "tests"
    if holds_parameters:
        return "parameters"
    return next((kind for kind, patterns in _AFTER if _fits(patterns, plain)), "other")


def _fits(patterns: Sequence[str], path: str) -> bool:
    return any(matches(skeleton(pattern), path) for pattern in patterns)
