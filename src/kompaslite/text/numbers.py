"""Numbers as they are printed: "133 228" and "0,7 prosent" in Norwegian, "133,228" and "0.7 per cent" in English."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, get_args

from kompaslite.schema import SchemaError

Language = Literal["nb", "en"]

_GROUP = {"nb": "\u00a0", "en": ","}
_POINT = {"nb": ",", "en": "."}
_PERCENT = {"nb": "\u00a0prosent", "en": " per cent"}
_MINUS = {"nb": "\u2212", "en": "\u2212"}
_MONTHS = {
    "nb": [
        "januar",
        "februar",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "desember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def check_language(language: str) -> None:
    """Raise unless the language is known."""
    if language not in get_args(Language):
        raise SchemaError(f"language: {language!r} is unknown. Choose 'nb' (Norwegian bokmal) or 'en' (English).")


def number(value: float, language: Language, *, decimals: int = 0) -> str:
    """A number with the language's separators, halves rounded away from zero."""
    check_language(language)
    if not abs(value) < float("inf"):
        raise SchemaError(f"number: {value} cannot be printed. Leave the sentence out where a figure is missing.")
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    whole_part, _, fraction = f"{abs(rounded):,f}".partition(".")
    sign = _MINUS[language] if rounded < 0 else ""
    point = _POINT[language] + fraction if fraction else ""
    return sign + whole_part.replace(",", _GROUP[language]) + point


def whole(value: float, language: Language) -> str:
    """A whole number."""
    return number(value, language)


def signed(value: float, language: Language) -> str:
    """A whole number with its sign; nil has none."""
    text = number(value, language)
    return text if text == "0" or value < 0 else f"+{text}"


def percent(value: float, language: Language, *, decimals: int = 1) -> str:
    """A percentage in words."""
    return number(value, language, decimals=decimals) + _PERCENT[language]


def month_name(month: int, language: Language) -> str:
    """Name of a month from 1 to 12."""
    check_language(language)
    return _MONTHS[language][month - 1]


def series_sentence(what: str, values: Mapping[str, float], *, language: Language, decimals: int = 0) -> str:
    """The first and last figure of a series, its highest and its lowest."""
    check_language(language)
    at = {"nb": "i", "en": "in"}[language]
    both, high, low = {"nb": ("og", "høyest", "lavest"), "en": ("and", "highest", "lowest")}[language]
    told = {label: f"{number(value, language, decimals=decimals)} {at} {label}" for label, value in values.items()}
    first, last = next(iter(values)), list(values)[-1]
    if first == last:
        return f"{what}: {told[first]}."
    most, least = max(values, key=lambda label: values[label]), min(values, key=lambda label: values[label])
    return f"{what}: {told[first]} {both} {told[last]}; {high} {told[most]}, {low} {told[least]}."
