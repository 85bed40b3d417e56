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
    """Raise unless the language is known.

    Raises
    ------
    SchemaError
        Naming the languages there are.
    """
    if language not in get_args(Language):
        raise SchemaError(f"language: {language!r} is unknown. Choose 'nb' (Norwegian bokmal) or 'en' (English).")


def number(value: float, language: Language, *, decimals: int = 0) -> str:
    """A number with the language's separators, halves rounded away from zero.

    Parameters
    ----------
    value : float
        Finite.
    language : {"nb", "en"}
        Whose separators.
    decimals : int
        Decimals printed.

    Returns
    -------
    str
        With a true minus sign; never "-0".

    Raises
    ------
    SchemaError
        If the value is not finite or the language is unknown.

    Examples
    --------
    >>> number(133228, "en"), number(-0.45, "nb", decimals=1), number(-0.2, "en")
    ('133,228', '−0,5', '0')
    """
    check_language(language)
    if not abs(value) < float("inf"):
        raise SchemaError(f"number: {value} cannot be printed. Leave the sentence out where a figure is missing.")
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    whole_part, _, fraction = f"{abs(rounded):,f}".partition(".")
    sign = _MINUS[language] if rounded < 0 else ""
    point = _POINT[language] + fraction if fraction else ""
    return sign + whole_part.replace(",", _GROUP[language]) + point


def whole(value: float, language: Language) -> str:
    """A whole number.

    Examples
    --------
    >>> whole(133228.4, "en")
    '133,228'
    """
    return number(value, language)


def signed(value: float, language: Language) -> str:
    """A whole number with its sign; nil has none.

    Examples
    --------
    >>> signed(870, "en"), signed(-217, "en"), signed(0.3, "en")
    ('+870', '−217', '0')
    """
    text = number(value, language)
    return text if text == "0" or value < 0 else f"+{text}"


def percent(value: float, language: Language, *, decimals: int = 1) -> str:
    """A percentage in words.

    Parameters
    ----------
    value : float
        In per cent, not a share.
    language : {"nb", "en"}
        Whose words.
    decimals : int
        Decimals printed.

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.657, "en")
    '0.7 per cent'
    """
    return number(value, language, decimals=decimals) + _PERCENT[language]


def month_name(month: int, language: Language) -> str:
    """Name of a month from 1 to 12.

    Examples
    --------
    >>> month_name(1, "nb")
    'januar'
    """
    check_language(language)
    return _MONTHS[language][month - 1]


def series_sentence(what: str, values: Mapping[str, float], *, language: Language, decimals: int = 0) -> str:
    """The first and last figure of a series, its highest and its lowest.

    Parameters
    ----------
    what : str
        What the figures are.
    values : mapping of label to number
        In order, at least one.
    language : {"nb", "en"}
        Which language.
    decimals : int
        Decimals printed.

    Returns
    -------
    str

    Examples
    --------
    >>> series_sentence("Growth", {"2010": 1576, "2012": 2188, "2020": 501, "2025": 870}, language="en")
    'Growth: 1,576 in 2010 and 870 in 2025; highest 2,188 in 2012, lowest 501 in 2020.'
    """
    check_language(language)
    at = {"nb": "i", "en": "in"}[language]
    both, high, low = {"nb": ("og", "høyest", "lavest"), "en": ("and", "highest", "lowest")}[language]
    told = {label: f"{number(value, language, decimals=decimals)} {at} {label}" for label, value in values.items()}
    first, last = next(iter(values)), list(values)[-1]
    if first == last:
        return f"{what}: {told[first]}."
    most, least = max(values, key=lambda label: values[label]), min(values, key=lambda label: values[label])
    return f"{what}: {told[first]} {both} {told[last]}; {high} {told[most]}, {low} {told[least]}."
