"""Small words that sentences are put together from: counts of people, lists, age groups, quarters."""

import re
from collections.abc import Sequence

from kompaslite.schema import SchemaError
from kompaslite.text.numbers import Language, check_language, number, whole

_QUARTER = re.compile(r"(\d{4})\s*[QKqk]\s*([1-4])")
_COMPOUNDS = ("fødsels-overskudd", "register-korreksjon", "alders-gruppe", "bolig-plan", "inn-vandring", "inn-flytting")
_ORDINALS = ("first", "second", "third", "fourth")


def rounded(value: float) -> int:
    """A number as it is printed without decimals.

    Examples
    --------
    >>> rounded(-2.5), rounded(0.4)
    (-3, 0)
    """
    return int(number(value, "en").replace(",", "").replace("\u2212", "-"))


def persons(value: float, language: Language) -> str:
    """A count of people, without its sign.

    Examples
    --------
    >>> persons(-27, "nb"), persons(1.2, "en")
    ('27 personer', '1 person')
    """
    one, more = {"nb": ("person", "personer"), "en": ("person", "persons")}[language]
    count = abs(rounded(value))
    return f"{whole(count, language)} {one if count == 1 else more}"


def joined(parts: Sequence[str], language: Language) -> str:
    """A list in words.

    Examples
    --------
    >>> joined(["births", "deaths", "moves"], "en")
    'births, deaths and moves'
    """
    last = {"nb": " og ", "en": " and "}[language]
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + last + parts[-1]


def sentence_case(text: str) -> str:
    """The first letter large, the others as they are.

    Examples
    --------
    >>> sentence_case("net migration from Oslo")
    'Net migration from Oslo'
    """
    return text[:1].upper() + text[1:]


def age_label(group: str, language: Language) -> str:
    """An age group as it is printed.

    Parameters
    ----------
    group : str
        Such as ``"0"``, ``"1-5"`` or ``"95+"``; any other name stays as it is.
    language : {"nb", "en"}
        Which language.

    Returns
    -------
    str

    Examples
    --------
    >>> age_label("1-5", "en"), age_label("95+", "nb"), age_label("pupils", "en")
    ('1–5 years', '95+ år', 'pupils')
    """
    check_language(language)
    if not re.fullmatch(r"\d+(-\d+|\+)?", group):
        return group
    years = {"nb": "år", "en": "year" if group == "1" else "years"}[language]
    return f"{group.replace('-', '–')} {years}"


def quarter_name(label: str, language: Language) -> str:
    """A quarter in words.

    Parameters
    ----------
    label : str
        Such as ``"2025Q4"`` or ``"2025K4"``.
    language : {"nb", "en"}
        Which language.

    Returns
    -------
    str

    Raises
    ------
    SchemaError
        If it is not written so.

    Examples
    --------
    >>> quarter_name("2025Q4", "nb"), quarter_name("2025Q4", "en")
    ('4. kvartal 2025', 'the fourth quarter of 2025')
    """
    check_language(language)
    year, place = quarter_of(label)
    return f"{place}. kvartal {year}" if language == "nb" else f"the {_ORDINALS[place - 1]} quarter of {year}"


def quarter_label(label: str, language: Language) -> str:
    """A quarter as it stands in a table.

    Examples
    --------
    >>> quarter_label("2025Q4", "nb"), quarter_label("2025k4", "en")
    ('2025K4', '2025Q4')
    """
    check_language(language)
    year, place = quarter_of(label)
    return f"{year}{'K' if language == 'nb' else 'Q'}{place}"


def quarter_of(label: str) -> tuple[int, int]:
    """Year and number of a quarter.

    Parameters
    ----------
    label : str
        Such as ``"2025Q4"``.

    Returns
    -------
    tuple of int

    Raises
    ------
    SchemaError
        If it is not written so.

    Examples
    --------
    >>> quarter_of("2025Q4")
    (2025, 4)
    """
    found = _QUARTER.fullmatch(str(label))
    if found is None:
        raise SchemaError(f'quarter: {label!r} is not a quarter. Write the year, Q and 1 to 4, for example "2025Q4".')
    return int(found[1]), int(found[2])


def soft_hyphens(text: str, language: Language) -> str:
    """Long Norwegian words with places where a narrow column may break them.

    Examples
    --------
    >>> soft_hyphens("Registerkorreksjon", "nb").split("\u00ad")
    ['Register', 'korreksjon']
    """
    check_language(language)
    if language != "nb":
        return text
    for compound in _COMPOUNDS:
        first, last = compound.split("-")
        text = re.sub(f"({first})({last})", "\\1\u00ad\\2", text, flags=re.IGNORECASE)
    return text
