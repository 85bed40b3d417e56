"""Numbers and small words as they are printed: "133 228" and "0,7 prosent", or "133,228" and "0.7 per cent"."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from kompaslite._extras import from_extra
from kompaslite.schema import SchemaError
from kompaslite.text.catalogue import Language, check_language, entry

#: Numbers of this size and more are nobody's; a float does not hold their last digit either.
_TOO_LARGE = 1e15
_MINUS = "\u2212"
_QUARTER = re.compile(r"(\d{4})\s*[QKqk]\s*([1-4])")


def number(value: float, language: Language, *, decimals: int = 0) -> str:
    """A number with the language's separators, halves rounded away from zero."""
    check_language(language)
    exact = _to_decimals(value, decimals)
    printed: str = _pattern(decimals).apply(exact, _locale(language))
    return printed.replace("-", _MINUS)


def _to_decimals(value: float, decimals: int) -> Decimal:
    """Nil has no sign."""
    if not abs(float(value)) < _TOO_LARGE:
        raise SchemaError(f"number: {value} cannot be printed. Leave the sentence out where a figure is missing.")
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP) + 0


@cache
def _pattern(decimals: int) -> Any:
    numbers = from_extra("babel.numbers", "desk", "numbers in words")
    return numbers.parse_pattern("#,##0." + "0" * decimals if decimals else "#,##0")


@cache
def _locale(language: Language) -> Any:
    return from_extra("babel", "desk", "numbers in words").Locale.parse(entry("style.locale", language))


def rounded(value: float) -> int:
    """A number as it is printed without decimals."""
    return int(_to_decimals(value, 0))


def whole(value: float, language: Language) -> str:
    """A whole number."""
    return number(value, language)


def signed(value: float, language: Language) -> str:
    """A whole number with its sign; nil has none."""
    text = number(value, language)
    return text if text == "0" or value < 0 else f"+{text}"


def percent(value: float, language: Language, *, decimals: int = 1) -> str:
    """A percentage in words."""
    text: str = entry("style.percent", language)
    return text.format(number=number(value, language, decimals=decimals))


def counted(what: str, value: float, language: Language) -> str:
    """A count of something, without its sign, in the singular or the plural."""
    count = abs(rounded(value))
    forms: dict[str, str] = entry(f"count.{what}", language)
    return forms[_locale(language).plural_form(count)].format(count=whole(count, language))


def persons(value: float, language: Language) -> str:
    """A count of people, without its sign."""
    return counted("persons", value, language)


def joined(parts: Sequence[str], language: Language) -> str:
    """A list in words."""
    check_language(language)
    listed: str = from_extra("babel.lists", "desk", "lists in words").format_list(parts, locale=_locale(language))
    return listed


def sentence_case(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def age_label(group: str, language: Language) -> str:
    """An age group as it is printed."""
    text: str = entry("age.one" if group == "1" else "age.other", language)
    return text.format(age=group.replace("-", "–")) if re.fullmatch(r"\d+(-\d+|\+)?", group) else group


def quarter_name(label: str, language: Language, *, year: bool = True) -> str:
    """A quarter in words."""
    when, place = quarter_of(label)
    name: str = entry(f"quarter.q{place}", language)
    text: str = entry("quarter.of_year", language)
    return text.format(quarter=name, year=when) if year else name


def quarter_label(label: str, language: Language) -> str:
    """A quarter as it stands in a table."""
    year, place = quarter_of(label)
    text: str = entry("quarter.label", language)
    return text.format(year=year, place=place)


def quarter_of(label: str) -> tuple[int, int]:
    """Year and number of a quarter."""
    found = _QUARTER.fullmatch(str(label))
    if found is None:
        raise SchemaError(f'quarter: {label!r} is not a quarter. Write the year, Q and 1 to 4, for example "2025Q4".')
    return int(found[1]), int(found[2])


def soft_hyphens(text: str, language: Language) -> str:
    """Long words with places where a narrow column may break them."""
    for compound in entry("style.compounds", language):
        first, last = compound.split("-")
        text = re.sub(f"({first})({last})", "\\1\u00ad\\2", text, flags=re.IGNORECASE)
    return text
