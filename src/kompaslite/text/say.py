"""`say`: an entry of the catalogue with its figures, each printed as the entry asks."""

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from kompaslite.text.catalogue import LANGUAGES, Language, entry
from kompaslite.text.numbers import age_label, counted, joined, number, percent, quarter_name, signed, whole


def say(name: str, language: Language, /, **figures: object) -> str:
    """A text of the catalogue in a language, with its figures.

    Parameters
    ----------
    name : str
        Dotted, as in the catalogue: ``"sentence.growth.more"``.
    language : {"nb", "en"}
        Which language.
    **figures : object
        What stands in the braces of the text.

    Returns
    -------
    str

    Raises
    ------
    SchemaError
        If the language or the name is unknown, or a number cannot be printed.

    Examples
    --------
    >>> say("key.growth", "en", year=2025)
    'Growth in 2025, persons'
    >>> say("sentence.scenario.less", "en", year=2050, name="low", difference=-1.0, against="main")
    'On 1 January 2050 low has 1 person fewer than main.'
    """
    return _Printer(language).vformat(entry(name, language), (), figures)


def in_both(name: str, /, **figures: object) -> dict[Language, str]:
    """A text of the catalogue in each language."""
    return {language: say(name, language, **figures) for language in LANGUAGES}


def term(name: str, language: Language) -> str:
    """A word of the field."""
    found: str = entry(f"term.{name}", language)
    return found


class _Printer(Formatter):
    """Figures printed as a language does: ``{change:persons}``, ``{share:percent.1}``, ``{others:list}``."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        kind, _, decimals = format_spec.partition(".")
        if not kind:
            return str(value)
        if decimals:
            return _WITH_DECIMALS[kind](value, self.language, decimals=int(decimals))
        if kind in _PRINTED:
            return _PRINTED[kind](value, self.language)
        return counted(kind, value, self.language)


def _in_a_sentence(name: str, language: Language) -> str:
    return term(name, language).lower()


def _size(value: float, language: Language) -> str:
    return whole(abs(value), language)


_WITH_DECIMALS: Mapping[str, Callable[..., str]] = {"number": number, "percent": percent}
_PRINTED: Mapping[str, Callable[[Any, Language], str]] = {
    "number": whole,
    "signed": signed,
    "size": _size,
    "list": joined,
    "age": age_label,
    "quarter": quarter_name,
    "Term": term,
    "term": _in_a_sentence,
}
