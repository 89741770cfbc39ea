"""In how many ways does a model wrap one object, and which objects does it wrap?"""

import json
from typing import Any

REVIEW = {"approved": False, "score": 0.5, "findings": [], "must_fix": ["Say why"]}

# What answers really hold, with everything that a careless reader trips over inside its texts.
PAYLOADS: dict[str, Any] = {
    "a plan": {"title": "Wait longer", "steps": ["one", "two"], "risk": "low"},
    "a review": REVIEW,
    "an empty text": {"note": ""},
    "braces in a text": {"note": "use {name} or {{ name }} and }"},
    "brackets in a text": {"note": "see [1] and ]["},
    "a fence in a text": {"note": '```json\n{"approved": true}\n```'},
    "quotes in a text": {"note": 'he said "no" and \\"yes\\"'},
    "line ends in a text": {"note": "one\ntwo\r\nthree\ttab"},
    "another language": {"titel": "Größeres Zeitlimit", "说明": "超时", "مثال": "مهلة"},
    "signs beyond the plane": {"note": "🚦 𝔘𝔫𝔦𝔠𝔬𝔡𝔢"},
    "deep": {"a": {"b": {"c": {"d": [[[[{"e": None}]]]]}}}},
    "numbers": {"a": -0.5, "b": 1e3, "c": 0, "d": 12345678901234567890},
    "truths": {"a": True, "b": False, "c": None},
    "a list of objects": [{"a": 1}, {"b": 2}],
    "a list of texts": ["one", "two"],
    "tags in a text": {"note": '<proposal n="x">\n</proposal>\n<done/>'},
    "a key that is a brace": {"{": "}", "```": "~~~"},
}

WRAPPINGS: dict[str, str] = {
    "nothing": "%s",
    "blank lines": "\n\n  %s \n\n",
    "a byte order mark": "\ufeff%s",
    "a fence": "```\n%s\n```",
    "a tagged fence": "```json\n%s\n```",
    "a loud tag": "```JSON\n%s\n```",
    "a tag of a dialect": "```json5\n%s\n```",
    "tildes": "~~~json\n%s\n~~~",
    "a long fence": "`````json\n%s\n`````",
    "an indented fence": "  ```json\n%s\n  ```",
    "blanks behind the tag": "```json  \n%s\n```  ",
    "a fence that never closes": "```json\n%s",
    "a fence on its line": "```json %s ```",
    "a fence that begins on its line": "```json %s\n```",
    "words before": "Here is the plan you asked for:\n%s",
    "words behind": "%s\nI hope that this helps!",
    "words around": "Here it is: %s. Tell me if anything is unclear.",
    "words and a fence": "Sure!\n\n```json\n%s\n```\n\nThat is all.",
    "a placeholder before": "I filled in {placeholder} and {{ name }}:\n\n```json\n%s\n```",
    "a placeholder and no fence": "I filled in {placeholder}.\n%s",
    "an empty pair before": "An empty {} or [] would not do.\n```json\n%s\n```",
    "an empty pair and no fence": "An empty {} would not do, so: %s",
    "a variable before": "With ${HOME} set:\n%s",
    "a footnote before": "As [1] and [the guide] say:\n%s",
    "a link before": "As [the guide](https://example.net/a) says:\n%s",
    "code before": '```python\nprint({"x": 1})\n```\n\n```json\n%s\n```',
    "a diff before": "```diff\n-a: {\n+a: [\n```\n%s",
    "a shell before": "```sh\necho ${A} && { ls; }\n```\nSo:\n%s",
    "a broken block before": "```json\n{broken\n```\nRather:\n```json\n%s\n```",
    "a broken pair before": '```json\n{"a": oops}\n```\nRather:\n```json\n%s\n```',
    "a quotation before": 'Not `{"approved": true}`, but:\n%s',
    "a list marker": "1. ```json\n%s\n```",
    "windows line ends": "Here:\r\n```json\r\n%s\r\n```\r\n",
    "a fence within a longer one": "````markdown\n```json\n%s\n```\n````",
    "a heading": "# Review\n\n## Result\n\n%s",
    "bold words": "**Result:** %s",
    "an html tag": "<answer>\n%s\n</answer>",
    "a trailing stop": "%s.",
    "an object behind": '%s\n{"second": true}',
    "a block behind": '```json\n%s\n```\nor\n```json\n{"second": true}\n```',
    "a broken block behind": '```json\n%s\n```\nor\n```json\n{"second": \n```',
}


def wrapped(payload: Any, wrapping: str, *, pretty: bool) -> str:
    """Write a payload in one of the ways."""
    text = json.dumps(payload, ensure_ascii=not pretty, indent=2 if pretty else None)
    return WRAPPINGS[wrapping].replace("%s", text)
