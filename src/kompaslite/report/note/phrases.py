"""Headings, captions and labels of the note, read from the file beside this module."""

import tomllib
from functools import cache
from importlib.resources import files

from kompaslite.schema import SchemaError
from kompaslite.text import Language, check_language


def phrase(name: str, language: Language) -> str:
    """A phrase of the note."""
    check_language(language)
    return in_both(name)[language]


def in_both(name: str) -> dict[Language, str]:
    """A phrase in each language."""
    known = _phrases()
    if name not in known:
        raise SchemaError(f"phrase: {name!r} has no translation. Add it to phrases.toml.")
    return known[name]


@cache
def _phrases() -> dict[str, dict[Language, str]]:
    text = files("kompaslite.report.note").joinpath("phrases.toml").read_text(encoding="utf-8")
    known: dict[str, dict[Language, str]] = tomllib.loads(text)
    return known
