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
    """The population at the end of a forecast against that at its start."""
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
    """Age groups that grow most and shrink most."""
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
    """What sort of interval a forecast has, or that it has none."""
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
    """How much of a deviation a model gives to dwellings that were not built as planned."""
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
    """A scenario against another one."""
    check_language(language)
    size, step = persons(difference, language), rounded(difference)
    if language == "nb":
        how = (
            f"{size} {'flere' if step > 0 else 'færre'} enn {against}" if step else f"like mange personer som {against}"
        )
        return f"Den 1. januar {year} har {name} {how}."
    how = f"{size} {'more' if step > 0 else 'fewer'} than {against}" if step else f"as many persons as {against}"
    return f"On 1 January {year} {name} has {how}."
