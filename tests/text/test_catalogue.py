"""The catalogue: each entry in both languages, with the same figures, of use, and the only place that knows them."""

import ast
import re
import string
from pathlib import Path

import pytest

import kompaslite
from kompaslite.schema import SchemaError
from kompaslite.text import in_both, say
from kompaslite.text.catalogue import LANGUAGES, catalogue

SOURCE = Path(kompaslite.__file__).parent
ROOMS = sorted(path.name for path in SOURCE.iterdir() if path.is_dir() and path.name not in ("text", "app"))


def entries(table, name=""):
    for key, value in table.items():
        here = f"{name}.{key}" if name else key
        if isinstance(value, dict):
            yield from entries(value, here)
        else:
            yield here, value


def figures(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


WORDS = {language: dict(entries(catalogue(language))) for language in LANGUAGES}


def test_every_entry_is_there_in_each_language():
    assert set(WORDS["nb"]) == set(WORDS["en"])


@pytest.mark.parametrize("name", [name for name, text in WORDS["nb"].items() if isinstance(text, str)])
def test_an_entry_has_the_same_figures_in_each_language(name):
    texts = [WORDS[language][name] for language in LANGUAGES]
    assert figures(texts[0]) == figures(texts[1])
    assert all(text and "\n" not in text and "  " not in text for text in texts)


def asked_for():
    """Names of entries in the code, whole or as far as they are written out."""
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    whole = set(re.findall(r'"([a-z_]+\.[a-z_.]+)"', code))
    begun = set(re.findall(r'"([a-z_]+\.(?:[a-z_]+\.)?[a-z_]*)\{', code))
    return whole, begun


def test_every_entry_is_used():
    whole, begun = asked_for()
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    unused = []
    for name in WORDS["nb"]:
        section = name.split(".")[0]
        last = name.split(".")[-1]
        if section == "nation":  # chosen by the caller
            continue
        by_word = section in ("term", "count") and re.search(rf"\b{name.split('.')[1]}\b", code)
        if name not in whole and not name.startswith(tuple(begun)) and not by_word and f'"{last}"' not in code:
            unused.append(name)
    assert unused == []


def languages_in(tree):
    """Comparisons with a language, and tables by language, in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            values = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
            if "nb" in values or "en" in values:
                yield node.lineno
        if isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if keys & {"nb", "en"}:
                yield node.lineno


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_room_branches_on_the_language(room):
    found = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in (SOURCE / room).rglob("*.py")
        for line in languages_in(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_a_figure_is_printed_as_its_entry_asks():
    told = say("sentence.scenario.more", "nb", year=2050, name="vekst", difference=1.0, against="trend")
    assert told == "Den 1. januar 2050 har vekst 1 person flere enn trend."
    assert in_both("heading.sources") == {"nb": "Kilder", "en": "Sources"}


@pytest.mark.parametrize("name", ["heading.nothing", "nothing", "heading.sources.more"])
def test_an_unknown_entry(name):
    with pytest.raises(SchemaError, match=rf"text: '{name}' has no translation\. Add it to nb\.toml"):
        say(name, "nb")
