"""The words of a language, read from the file of its name beside this module."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from kompaslite.schema import SchemaError

Language = Literal["nb", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def check_language(language: str) -> None:
    """Raise unless the language is known."""
    if language not in LANGUAGES:
        raise SchemaError(f"language: {language!r} is unknown. Choose 'nb' (Norwegian bokmal) or 'en' (English).")


def entry(name: str, language: Language) -> Any:
    """What stands in the catalogue under a dotted name: a text, or a table of them."""
    check_language(language)
    found: Any = catalogue(language)
    for part in name.split("."):
        if not isinstance(found, dict) or part not in found:
            raise SchemaError(f"text: {name!r} has no translation. Add it to {language}.toml.")
        found = found[part]
    return found


@cache
def catalogue(language: Language) -> dict[str, Any]:
    """All words of a language."""
    return tomllib.loads(files("kompaslite.text").joinpath(f"{language}.toml").read_text(encoding="utf-8"))
