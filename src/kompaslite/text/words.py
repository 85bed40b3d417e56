"""Small words that sentences are put together from: counts of people, lists, age groups, quarters."""

import re
from collections.abc import Sequence

from kompaslite.schema import SchemaError
from kompaslite.text.numbers import Language, check_language, number, whole

_QUARTER = re.compile(r"(\d{4})\s*[QKqk]\s*([1-4])")
_COMPOUNDS = ("fødsels-overskudd", "register-korreksjon", "alders-gruppe", "bolig-plan", "inn-vandring", "inn-flytting")
_ORDINALS = ("first", "second", "third", "fourth")


def rounded(value: float) -> int:
    """A number as it is printed without decimals."""
    return int(number(value, "en").replace(",", "").replace("\u2212", "-"))


def persons(value: float, language: Language) -> str:
    """A count of people, without its sign."""
    one, more = {"nb": ("person", "personer"), "en": ("person", "persons")}[language]
    count = abs(rounded(value))
    return f"{whole(count, language)} {one if count == 1 else more}"


def joined(parts: Sequence[str], language: Language) -> str:
    """A list in words."""
    last = {"nb": " og ", "en": " and "}[language]
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + last + parts[-1]


def sentence_case(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def age_label(group: str, language: Language) -> str:
    """An age group as it is printed."""
    check_language(language)
    if not re.fullmatch(r"\d+(-\d+|\+)?", group):
        return group
    years = {"nb": "år", "en": "year" if group == "1" else "years"}[language]
    return f"{group.replace('-', '–')} {years}"


def quarter_name(label: str, language: Language) -> str:
    """A quarter in words."""
    check_language(language)
    year, place = quarter_of(label)
    return f"{place}. kvartal {year}" if language == "nb" else f"the {_ORDINALS[place - 1]} quarter of {year}"


def quarter_label(label: str, language: Language) -> str:
    """A quarter as it stands in a table."""
    check_language(language)
    year, place = quarter_of(label)
    return f"{year}{'K' if language == 'nb' else 'Q'}{place}"


def quarter_of(label: str) -> tuple[int, int]:
    """Year and number of a quarter."""
    found = _QUARTER.fullmatch(str(label))
    if found is None:
        raise SchemaError(f'quarter: {label!r} is not a quarter. Write the year, Q and 1 to 4, for example "2025Q4".')
    return int(found[1]), int(found[2])


def soft_hyphens(text: str, language: Language) -> str:
    """Long Norwegian words with places where a narrow column may break them."""
    check_language(language)
    if language != "nb":
        return text
    for compound in _COMPOUNDS:
        first, last = compound.split("-")
        text = re.sub(f"({first})({last})", "\\1\u00ad\\2", text, flags=re.IGNORECASE)
    return text
