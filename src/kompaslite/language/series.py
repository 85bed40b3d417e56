"""A series of figures in one sentence, for those who do not see the chart."""

from collections.abc import Mapping

from kompaslite.language.numbers import Language, check_language, number


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
