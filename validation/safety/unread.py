"""Which files does nobody here understand, although they run?"""

from pathlib import PurePosixPath

WHY = "no reader here knows it, so what it reaches for is not known: read it"
_LANGUAGES = {
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), "JavaScript"),
    **dict.fromkeys((".ts", ".tsx", ".mts", ".cts"), "TypeScript"),
    **dict.fromkeys((".c", ".h", ".cc", ".cpp", ".hpp", ".m", ".pyx", ".pxd"), "machine code"),
    **dict.fromkeys((".pl", ".pm"), "Perl"),
    **dict.fromkeys((".ps1", ".psm1", ".bat", ".cmd"), "a script for Windows"),
    **dict.fromkeys(
        (".kt", ".kts", ".java", ".scala", ".groovy", ".gradle"), "a program for Java"
    ),
    ".rb": "Ruby",
    ".go": "Go",
    ".rs": "Rust",
    ".php": "PHP",
    ".lua": "Lua",
    ".swift": "Swift",
    ".cs": "C#",
    ".r": "R",
    ".jl": "Julia",
    ".ex": "Elixir",
    ".exs": "Elixir",
    ".fish": "a script for fish",
    ".tf": "Terraform",
    ".nix": "Nix",
    ".ipynb": "a notebook",
    ".service": "a unit of systemd",
    ".timer": "a unit of systemd",
    ".plist": "a job of macOS",
    ".awk": "AWK",
    ".tcl": "Tcl",
    ".applescript": "AppleScript",
    ".wat": "WebAssembly",
}
_NAMES = {
    "procfile": "a list of processes",
    "crontab": "a list of jobs",
    "jenkinsfile": "a pipeline of Jenkins",
    "vagrantfile": "a machine of Vagrant",
    "rakefile": "Ruby",
    "gemfile": "Ruby",
    "justfile": "a list of commands",
    "cmakelists.txt": "a build of CMake",
    "meson.build": "a build of Meson",
    "build.bazel": "a build of Bazel",
}


def language(path: str, text: str) -> str:
    """Name what a file is written in that none of our readers knows; nothing where one does."""
    place = PurePosixPath(path)
    if known := _NAMES.get(place.name.casefold()) or _LANGUAGES.get(place.suffix.casefold()):
        return known
    first = text.split("\n", 1)[0]
    if first.startswith("#!") and "python" not in first and "sh" not in first:
        return first[2:].strip().rpartition("/")[2].removeprefix("env ")[:40] or "a program"
    return "a list of jobs" if "cron.d/" in path else ""
