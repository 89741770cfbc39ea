"""Does a text that was observed speak to a model, instead of telling what happened?

What is found is shown to people. It decides nothing: a text without a finding is no more trusted,
because whoever writes it can choose other words.
"""

import re
import unicodedata
from dataclasses import dataclass

KINDS = {
    "order": "an order",
    "role": "another speaker's mark",
    "tag": "a tag of ours",
    "diff": "a change of its own",
    "call": "the shape of a tool call",
    "verdict": "a claimed decision",
    "hidden": "hidden signs",
}
LONGEST = 200  # characters of a passage that is shown
LONGEST_READ = 50_000

_GAP = r"\W{1,5}(?:\w{1,20}\W{1,5}){0,5}"
_TOLD = r"(?:instructions?|rules?|prompts?|directions?|guidelines?|orders|context|messages)"
_ORDERS = (
    rf"\b(?:ignore|disregard|forget|override|bypass|discard)\b{_GAP}{_TOLD}\b",
    rf"\b(?:new|updated|real|actual|following|secret)\W{{1,3}}(?:system\W{{1,3}})?{_TOLD}\W{{0,3}}:",
    r"\b(?:do not|don't|never|stop)\W{1,3}(?:follow|obey|mention|report|tell)\b",
    r"\byou\W{1,3}(?:are|re)\W{1,3}(?:now|no longer|root|an?\W{1,3}(?:ai|assistant|admin))\b",
    r"\b(?:act|behave|respond|answer)\W{1,3}as\W{1,3}(?:if|an?|the|my)\b",
    r"\byou\W{1,3}(?:must|should|shall|have to|will)\W{1,3}(?:now\W{1,3})?"
    r"(?:approve|accept|merge|delete|remove|disable|grant|propose|write|output|answer|print)\b",
    r"\b(?:approve|accept|merge)\W{1,3}(?:this|the|every|all|any|it)\b"
    r"(?:\W{1,3}(?:change|diff|patch|proposal|request|pull|thing)|\W{0,3}$)",
    r"\b(?:reveal|print|repeat|show|output|leak)\b" + _GAP + r"(?:prompt|instructions|api.?key)\b",
    r"\b(?:dear|attention|note to)\W{1,3}(?:the\W{1,3})?"
    r"(?:ai|model|assistant|llm|agent|reviewer)s?\b",
    r"\bas\W{1,3}an?\W{1,3}(?:ai|language model|llm)\b",
    # Other languages that such texts are written in.
    r"\bignorier\w{0,4}\b" + _GAP + r"(?:anweisung|regel|vorgabe)\w{0,3}\b",
    r"\b(?:ignor|oubli)\w{1,4}\b" + _GAP + r"(?:instructions?|consignes?|règles?)\b",
    r"\b(?:ignor|olvid)\w{1,4}\b" + _GAP + r"(?:instrucciones|instruções|istruzioni|reglas)\b",
    r"игнорир\w{1,6}" + _GAP + r"(?:инструкц|указан)\w{1,4}",
    r"(?:忽略|无视|忘记).{0,12}(?:指令|指示|说明|规则)",
    r"(?:指示|命令|ルール).{0,8}(?:無視|忘れ)",
)
_ROLES = (
    r"<\|[a-z_]{2,30}\|>|\[/?inst\]|<</?sys>>|<\|?/?(?:system|assistant|user|human)\|?>",
    r"^\W{0,4}(?:assistant|human|developer)\W{0,3}:",
    r"(?:^|[\n.!?;])\W{0,4}(?:system|user)(?: message| prompt)?\W{0,3}:"
    r"\W{0,3}(?:you|please|ignore|from now|new|the following|always|never)\b",
    r"^#{1,4} {0,3}(?:instructions?|system|response|assistant)\b\W{0,3}$",
    r"\bend of (?:the )?(?:log|data|input|material|evidence|prompt)\b",
)
_TAGS = (
    r"</?proposal\b|<done ?/?>|</?(?:edit|file)(?: path=|>)",
    r"<{7} search|>{7} replace",
    r"</?(?:answer|output|result|evidence|material|instructions?|prompt)>",
)
_DIFFS = (
    r"^diff --git |^--- a/|^\+\+\+ b/|^@@ -\d{1,9}",
    r"--- a/\S{1,200}\s{1,5}\+\+\+ b/",
    r"\*\*\* (?:begin patch|update file|add file|delete file)",
)
_CALLS = (
    r"</?(?:antml:)?(?:function_calls?|invoke|tool_call|tool_use|tool_result|parameter)\b",
    r"[\"']?type[\"']?\s{0,3}:\s{0,3}[\"'](?:tool_use|tool_result|function_call|function)[\"']",
    r"[\"'](?:tool_calls?|function_call|tool_name)[\"']\s{0,3}:",
    r"[\"']name[\"']\s{0,3}:\s{0,3}[\"'][\w.]{1,60}[\"']\s{0,3},\s{0,3}[\"'](?:arguments|input|parameters)[\"']",
)
_VERDICTS = (
    r"[\"']approved[\"']\s{0,3}:\s{0,3}true",
    r"\b(?:status|decision|verdict|review)\W{1,4}(?:is\W{1,3})?(?:approved|accepted|implemented)\b",
    r"\balready\W{1,3}(?:been\W{1,3})?(?:approved|reviewed|authori[sz]ed)\b",
    r"\b(?:pre-?approved|auto-?approve)\b",
)
_PATTERNS = {
    kind: re.compile("|".join(shapes), re.MULTILINE)
    for kind, shapes in (
        *(("order", _ORDERS), ("role", _ROLES), ("tag", _TAGS)),
        *(("diff", _DIFFS), ("call", _CALLS), ("verdict", _VERDICTS)),
    )
}
# Format signs (zero-width, direction marks, tag letters), and signs that count as letters or marks
# and show nothing: with them words are hidden from people, or whole texts between two letters.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_MOST_UNSEEN = 2  # an emoji carries one or two by right
# Letters of other alphabets that people cannot tell from ours.
_LOOKALIKES = str.maketrans(
    {
        **dict(
            zip(
                "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u0458",
                "aeopcxyisj",
                strict=True,
            )
        ),
        **dict(zip("\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456", "aeopcxyi", strict=True)),
        **dict(zip("\u03b1\u03bf\u03c1\u03bd\u03b9", "aopvi", strict=True)),
        "\u2019": "'",
        "\u2018": "'",
    }
)


@dataclass(frozen=True)
class Passage:
    """Hold what speaks to a model: its kind, and the words as people can see them."""

    kind: str
    text: str

    @property
    def label(self) -> str:
        """Say in words what it is."""
        return KINDS[self.kind]


def addressed(text: str, *, kinds: tuple[str, ...] = tuple(KINDS)) -> tuple[Passage, ...]:
    """Return the first passage of each kind in a text that speaks to a model."""
    text = text[:LONGEST_READ]
    plain = without_unseen(text)
    read = unicodedata.normalize("NFKC", plain).casefold()
    alike = read.translate(_LOOKALIKES)  # one sign for one: places stay
    found = []
    for kind, pattern in _PATTERNS.items():
        match = (pattern.search(alike) or pattern.search(read)) if kind in kinds else None
        if match:
            found.append(Passage(kind, _shown(read, match.start())))
    hidden = len(text) - len(plain)
    if "hidden" in kinds and hidden > _MOST_UNSEEN:
        found.append(Passage("hidden", f"{hidden} signs that cannot be seen: {_shown(plain, 0)}"))
    return tuple(found)


def without_unseen(text: str) -> str:
    """Take out every sign that shows nothing and could hide something."""
    return _UNSEEN.sub("", text)


def _shown(text: str, start: int) -> str:
    """Quote a passage on one line, from where it begins."""
    piece = text[start : start + LONGEST]
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in piece).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
