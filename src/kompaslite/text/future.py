"""Sentences about what is to come, and about what a plan did: forecasts, intervals, scenarios."""

from collections.abc import Mapping
from typing import Literal

from kompaslite.text.numbers import Language, check_language, percent, signed, whole
from kompaslite.text.words import age_label, persons, rounded

#: Where an interval comes from: draws of a model, or errors of earlier forecasts.
IntervalKind = Literal["draws", "errors"]


def forecast_sentence(
    place: str, *, years: tuple[int, int], population: tuple[float, float], language: Language
) -> str:
    """The population at the end of a forecast against that at its start.

    Parameters
    ----------
    place : str
        Name of the municipality.
    years : tuple of int
        First and last 1 January.
    population : tuple of float
        Persons at the two.
    language : {"nb", "en"}
        Which language.

    Returns
    -------
    str

    Examples
    --------
    >>> forecast_sentence("Baerum", years=(2026, 2050), population=(133228, 149845), language="en")
    'The forecast has 149,845 inhabitants in Baerum on 1 January 2050, 16,617 more than in 2026 (12.5 per cent).'
    """
    check_language(language)
    change = rounded(population[1]) - rounded(population[0])
    share = f" ({percent(abs(change) / population[0] * 100.0, language)})" if population[0] > 0 and change else ""
    people, size = whole(population[1], language), whole(abs(change), language)
    if language == "nb":
        against = f"{size} {'flere' if change > 0 else 'færre'} enn i {years[0]}" if change else f"som i {years[0]}"
        return f"Prognosen gir {people} innbyggere i {place} 1. januar {years[1]}, {against}{share}."
    against = f"{size} {'more' if change > 0 else 'fewer'} than in {years[0]}" if change else f"as in {years[0]}"
    return f"The forecast has {people} inhabitants in {place} on 1 January {years[1]}, {against}{share}."


def groups_sentence(changes: Mapping[str, float], *, until: int, language: Language) -> str:
    """Age groups that grow most and shrink most.

    Parameters
    ----------
    changes : mapping of age group to number
        Persons from the start to the end of a forecast.
    until : int
        The last 1 January.
    language : {"nb", "en"}
        Which language.

    Returns
    -------
    str

    Examples
    --------
    >>> groups_sentence({"6-12": -30, "80-84": 900, "90-94": 400}, until=2050, language="en")
    'To 2050 the age group 80–84 years grows most (+900), and 6–12 years shrinks most (−30).'
    """
    check_language(language)
    most, least = max(changes, key=lambda group: changes[group]), min(changes, key=lambda group: changes[group])
    grows, shrinks = rounded(changes[most]) > 0, rounded(changes[least]) < 0
    up, down = (f"{age_label(group, language)} {{}} ({signed(changes[group], language)})" for group in (most, least))
    if language == "nb":
        if not grows and not shrinks:
            return f"Fram til {until} er ingen aldersgruppe ventet å endre seg."
        if grows and shrinks:
            return f"Fram til {until} vokser {up.format('mest')}, mens {down.format('minker mest')}."
        return (
            f"Fram til {until} {'vokser' if grows else 'minker'} {(up if grows else down).format('mest')}; ingen "
            + ("aldersgruppe minker." if grows else "aldersgruppe vokser.")
        )
    if not grows and not shrinks:
        return f"To {until} no age group changes."
    if grows and shrinks:
        return f"To {until} the age group {up.format('grows most')}, and {down.format('shrinks most')}."
    told = up.format("grows most") if grows else down.format("shrinks most")
    return f"To {until} the age group {told}; none {'shrinks' if grows else 'grows'}."


def kind_sentence(kind: IntervalKind | None, *, level: float = 0.8, language: Language = "nb") -> str:
    """What sort of interval a forecast has, or that it has none.

    Parameters
    ----------
    kind : {"draws", "errors"} or None
        Draws of a model, errors of earlier forecasts, or no interval.
    level : float
        Share of outcomes that the interval is to hold.
    language : {"nb", "en"}
        Which language.

    Returns
    -------
    str

    Examples
    --------
    >>> kind_sentence("errors", level=0.8, language="en")
    'The 80 per cent interval is empirical: it comes from the errors of earlier forecasts.'
    """
    check_language(language)
    share = percent(level * 100.0, language, decimals=0)
    if kind is None:
        return {
            "nb": "Prognosen er oppgitt uten intervall: den har verken modelltrekninger eller kjente feil i tidligere "
            "prognoser å bygge på.",
            "en": "The forecast has no interval: there are neither draws of a model nor known errors of earlier "
            "forecasts to make one from.",
        }[language]
    words = {
        ("draws", "nb"): "kommer fra en modell: trekninger av mulige framtider",
        ("draws", "en"): "is modelled: it comes from draws of possible futures",
        ("errors", "nb"): "er empirisk: det kommer fra feilene i tidligere prognoser",
        ("errors", "en"): "is empirical: it comes from the errors of earlier forecasts",
    }[kind, language]
    head = f"Intervallet på {share}" if language == "nb" else f"The {share} interval"
    return f"{head} {words}."


def plan_sentence(
    *, effect: float, low: float, high: float, level: float, dwellings: float, deviation: float, language: Language
) -> str:
    """How much of a deviation a model gives to dwellings that were not built as planned.

    Parameters
    ----------
    effect, low, high : float
        Persons, and the ends of the interval.
    level : float
        Share of the draws within it.
    dwellings : float
        Completed less expected.
    deviation : float
        Persons, actual less forecast.
    language : {"nb", "en"}
        Which language.

    Returns
    -------
    str

    Examples
    --------
    >>> figures = {"effect": -76, "low": -139, "high": -27, "level": 0.9, "dwellings": -174, "deviation": -217}
    >>> print(plan_sentence(**figures, language="en"))
    That 174 fewer dwellings were completed than expected is modelled to be −76 (90 per cent interval −139 to −27) of
    the deviation of −217; −141 is not explained by dwellings.
    """
    check_language(language)
    off, rest = rounded(dwellings), signed(deviation - effect, language)
    part, whole_off = signed(effect, language), signed(deviation, language)
    share, size = percent(level * 100.0, language, decimals=0), whole(abs(off), language)
    ends = (signed(low, language), signed(high, language))
    if language == "nb":
        why = f"det ble ferdig {size} {'flere' if off > 0 else 'færre'} boliger enn ventet"
        why = why if off else "det ble ferdig like mange boliger som ventet"
        return (
            f"At {why}, er modellert til {part} (intervall på {share}: {ends[0]} til {ends[1]}) av avviket på "
            f"{whole_off}; {rest} er ikke forklart av boligene."
        )
    why = f"{size} {'more' if off > 0 else 'fewer'} dwellings were completed than expected"
    why = why if off else "as many dwellings were completed as expected"
    return (
        f"That {why} is modelled to be {part} ({share} interval {ends[0]} to {ends[1]}) of the deviation of "
        f"{whole_off}; {rest} is not explained by dwellings."
    )


def scenario_sentence(name: str, *, against: str, difference: float, year: int, language: Language) -> str:
    """A scenario against another one.

    Parameters
    ----------
    name, against : str
        The two.
    difference : float
        Persons of the first less those of the second.
    year : int
        1 January of which.
    language : {"nb", "en"}
        Which language.

    Returns
    -------
    str

    Examples
    --------
    >>> scenario_sentence("fornebu", against="baseline", difference=2100.0, year=2050, language="en")
    'On 1 January 2050 fornebu has 2,100 persons more than baseline.'
    """
    check_language(language)
    size, step = persons(difference, language), rounded(difference)
    if language == "nb":
        how = (
            f"{size} {'flere' if step > 0 else 'færre'} enn {against}" if step else f"like mange personer som {against}"
        )
        return f"Den 1. januar {year} har {name} {how}."
    how = f"{size} {'more' if step > 0 else 'fewer'} than {against}" if step else f"as many persons as {against}"
    return f"On 1 January {year} {name} has {how}."
