"""Is what is wrong with a policy said with its file, its line and what to do?"""

import pytest

from validation.authorising import deciding, sources
from validation.authorising.reading import BadPolicies, Source, Text, read

GOOD = '@id("one") @says("One.")\nforbid (principal, action, resource);\n'


def flaws(text: str, source: Source = Source.TRIED) -> list[str]:
    with pytest.raises(BadPolicies) as caught:
        deciding.build([Text("p.cedar", text, source)], sources.schema())
    return [str(flaw) for flaw in caught.value.flaws]


def test_a_file_may_hold_several_policies_each_with_its_line() -> None:
    text = (
        "// first ; not the end\n\n"
        + GOOD
        + '\n// second\n@id("two")\n@says("a ; in // words")\n'
        + "permit (principal, action, resource);"
    )
    found = read(Text("p.cedar", text, Source.SHIPPED))
    assert [(one.id, one.line, one.effect) for one in found] == [
        ("one", 3, "forbid"),
        ("two", 7, "permit"),
    ]
    assert found[1].says == "a ; in // words"
    assert found[0].text == GOOD.rstrip()


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", "p.cedar: holds no policy: write one, or remove the file"),
        ("// nothing\n", "p.cedar: holds no policy: write one, or remove the file"),
        (
            "forbid (principal, action, resource);",
            "p.cedar:1: needs a name of lower-case letters, digits and _:"
            ' write @id("name") above it',
        ),
        (
            '\n\n@id("one")\nforbid (principal, action, resource);',
            'p.cedar:3: says nothing to people: write @says("…") above one',
        ),
        (
            f"{GOOD}forbid (principal,\n action resource);",
            "p.cedar:4: unexpected token `resource`",
        ),
        (
            f"{GOOD}forbid (principal, action, resource)\nwhen {{\n  resource.files >\n}};",
            "p.cedar:6: unexpected token `}`",
        ),
        (
            GOOD.rstrip(";\n") + "\n" + GOOD.replace("one", "two"),
            "p.cedar:3: unexpected token `@`",
        ),
        (
            GOOD.rstrip(";\n") + "\n",
            "p.cedar:2: ends too early: a ; is missing, or a bracket is not closed",
        ),
        (
            '@id("one")\n@says("One.)\nforbid (principal, action, resource);',
            "p.cedar:2: invalid token",
        ),
        (
            '@id("one")\n@says("One.")\nforbid (principal, action, resource)\n'
            "when { true }\nwhen { resource.files.foo() };",
            "p.cedar:5: `foo` is not a valid method",
        ),
        (
            '@id("one") @says("One.")\nforbid (principal == ?principal, action, resource);',
            "p.cedar:1: is a template: write the principal and the resource instead of ?principal",
        ),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_with_its_place(text: str, flaw: str) -> None:
    assert flaws(text) == [flaw]


@pytest.mark.parametrize(
    ("condition", "line", "words"),
    [
        ("resource.files > 0 &&\n  resource.fils > 1", 4, "attribute `fils`"),
        ("resource.files ==\n  3 && context.brnch == 1", 4, "attribute `brnch`"),
        ('action ==\n  Action::"merg"', 4, "merg"),
        ('resource.files == "x"', 1, "not compatible"),
        ('true &&\n\n resource in Taget::"x"', 5, "Taget"),
    ],
)
def test_a_policy_that_no_request_can_answer_is_refused(
    condition: str, line: int, words: str
) -> None:
    text = (
        f'@id("one") @says("One.")\nforbid (principal, action, resource)\nwhen {{ {condition} }};'
    )
    found = flaws(text)
    assert any(flaw.startswith(f"p.cedar:{line}: ") and words in flaw for flaw in found), found
    assert len(found) == len(set(found))


def test_every_flaw_is_told_at_once() -> None:
    text = GOOD + "forbid (principal action);\n" + GOOD.replace("one", "Two") + GOOD
    assert [flaw.split(": ")[0] for flaw in flaws(text)] == ["p.cedar:3", "p.cedar:4"]
    assert flaws(GOOD + GOOD) == [
        "p.cedar:3: one is the name of another policy already, in p.cedar: rename it"
    ]


@pytest.mark.parametrize("source", [Source.OWN, Source.TARGET])
def test_only_forbids_are_accepted_from_others(source: Source) -> None:
    permit = GOOD.replace("forbid", "permit")
    assert flaws("\n" + permit, source) == [
        "p.cedar:2: one permits; here policies can only tighten: write forbid"
    ]
    assert deciding.build([Text("p.cedar", GOOD, source)], sources.schema()).policies


def test_a_text_without_an_end_is_not_read_to_it() -> None:
    assert flaws("x" * 70_000) == ["p.cedar: has more than 65536 bytes: split it"]


def test_a_schema_that_cannot_be_read_is_said() -> None:
    with pytest.raises(BadPolicies, match=r"selfimprove\.cedarschema: cannot be read"):
        deciding.build([Text("p.cedar", GOOD, Source.SHIPPED)], "entity {")


HEAD = '@id("one") @says("One.") forbid (principal, action, resource) when { '


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("(" * 30 + "true" + ")" * 30, "nests brackets or conditions more than 20 deep"),
        ("!(" * 40 + "true" + ")" * 40, "nests brackets or conditions more than 20 deep"),
        ("if true then " * 30 + "true" + " else true" * 30, "more than 20 deep"),
        ("{a:" * 30 + "1" + "}" * 30 + " == 1", "more than 20 deep"),
        ("resource" + ".a" * 3000, "joins more than 200 parts"),
        ("1 + " * 1500 + "1 == 1", "joins more than 200 parts"),
        ("true && " * 150 + "true", "joins too many parts in a row"),
        ("!" * 3000 + "true", "joins more than 200 parts"),
        ("true ||\n" * 5000 + "true", "has more than 8000 characters"),
    ],
    ids=lambda value: value[:30],
)
def test_a_text_that_would_end_the_process_is_never_handed_on(body: str, words: str) -> None:
    [flaw] = flaws(f"{HEAD}{body} }};")
    assert flaw.startswith("p.cedar:1: ")
    assert words in flaw


def test_what_stands_in_strings_is_no_depth() -> None:
    text = f'{HEAD}resource.risk == "{"(" * 300}{"." * 300}" }};'
    assert deciding.build([Text("p.cedar", text, Source.TRIED)], sources.schema()).policies


def test_a_file_of_hundreds_is_told_so_at_once() -> None:
    many = "".join(GOOD.replace("one", f"p{number}") for number in range(201))
    assert flaws(many) == ["p.cedar: has more than 200 policies: split it"]


def test_the_first_broken_line_of_a_long_text_is_found() -> None:
    lines = ["true &&"] * 60 + ["resource. &&"] + ["true &&"] * 60 + ["true"]
    [flaw] = flaws(HEAD + "\n" + "\n".join(lines) + "};")
    assert flaw == "p.cedar:62: unexpected token `&&`"
