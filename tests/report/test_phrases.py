"""Phrases of the note: each in both languages, with the same figures, and each of use."""

import string
import tomllib
from pathlib import Path

import pytest

import kompaslite.report.note as room
from kompaslite.report.note.phrases import in_both, phrase
from kompaslite.schema import SchemaError

FOLDER = Path(room.__file__).parent
PHRASES = tomllib.loads((FOLDER / "phrases.toml").read_text(encoding="utf-8"))
#: Beginnings of names that are put together in the code.
FAMILIES = ("table_", "key_", "example_remark_", "example_forecast")


def figures(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", list(PHRASES))
def test_both_languages_have_the_same_figures(name):
    known = PHRASES[name]
    assert set(known) == {"nb", "en"}
    assert figures(known["nb"]) == figures(known["en"])
    assert all(text.strip() == text.replace("\n", " ") or text.startswith(" ") for text in known.values())


def test_every_phrase_is_used():
    code = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    unused = [name for name in PHRASES if f'"{name}"' not in code and not name.startswith(FAMILIES)]
    assert unused == []


def test_an_unknown_phrase():
    with pytest.raises(SchemaError, match=r"'nothing' has no translation\. Add it to phrases\.toml"):
        phrase("nothing", "nb")
    assert in_both("sources") == {"nb": "Kilder", "en": "Sources"}
