"""Sentences chosen from the figures: a thing rose, fell or stayed as it was, and one person is not persons."""

from collections.abc import Mapping

from kompaslite.text.numbers import Language, check_language, number, percent, signed, whole
from kompaslite.text.terms import term
from kompaslite.text.words import age_label, joined, persons, rounded


def growth_sentence(place: str, *, year: int, population: float, before: float, language: Language) -> str:
    """How many people there are, and how that changed during the year."""
    check_language(language)
    change = population - before
    share = percent(abs(change) / before * 100.0, language) if before > 0 else ""
    people, moved = whole(population, language), persons(change, language)
    if language == "nb":
        head = f"Den 1. januar {year + 1} bodde det {people} innbyggere i {place}."
        verb = "økte" if change > 0 else "gikk ned"
        tail = f"Folketallet {verb} med {moved}" + (f", det vil si {share}," if share else "") + f" i {year}."
        still = f"Folketallet var uendret gjennom {year}."
    else:
        head = f"On 1 January {year + 1} {place} had {people} inhabitants."
        verb = "rose" if change > 0 else "fell"
        tail = f"The population {verb} by {moved}" + (f", or {share}," if share else "") + f" in {year}."
        still = f"The population was unchanged in {year}."
    return f"{head} {tail if rounded(change) else still}"


def trend_sentence(growths: Mapping[int, float], *, language: Language) -> str:
    """Last year's growth against the year before, and against all years there are."""
    check_language(language)
    years = sorted(growths)
    last, previous = years[-1], years[-2]
    step = rounded(growths[last] - growths[previous])
    lowest = all(growths[last] < growths[year] for year in years[:-1])
    highest = all(growths[last] > growths[year] for year in years[:-1])
    extreme = _extreme(lowest=lowest, highest=highest, since=years[0], language=language) if len(years) > 2 else ""
    if language == "nb":
        words = "like stor som" if step == 0 else f"{persons(step, language)} {'høyere' if step > 0 else 'lavere'} enn"
        return f"Veksten var {words} i {previous}{extreme}."
    words = "the same as" if step == 0 else f"{persons(step, language)} {'higher' if step > 0 else 'lower'} than"
    return f"Growth was {words} in {previous}{extreme}."


def _extreme(*, lowest: bool, highest: bool, since: int, language: Language) -> str:
    if not lowest and not highest:
        return ""
    if language == "nb":
        return f", og den {'laveste' if lowest else 'høyeste'} siden {since}"
    return f", and the {'lowest' if lowest else 'highest'} since {since}"


def components_sentence(components: Mapping[str, float], *, growth: float, language: Language) -> str:
    """What the growth consists of, the correction of the register included."""
    check_language(language)
    named = [name for name in components if name not in ("growth", "adjustment")]
    verb = {"nb": "var", "en": "was"}[language]
    words = [
        f"{term(name, language) if i == 0 else term(name, language).lower()} {f'{verb} ' if i == 0 else ''}"
        f"{signed(components[name], language)}"
        for i, name in enumerate(named)
    ]
    rest = growth - sum(components[name] for name in named)
    listed = joined(words, language)
    if rounded(rest) == 0:
        tail = {"nb": "til sammen", "en": "together"}[language]
        return f"{listed}, {tail} {signed(growth, language)}."
    adjusted = f"{term('adjustment', language).lower()} {verb} {signed(rest, language)}"
    so = {"nb": "slik at delene summerer seg til", "en": "so that the parts sum to"}[language]
    return f"{listed}; {adjusted}, {so} {signed(growth, language)}."


def deviation_sentence(*, year: int, growth: float, forecast: float, language: Language) -> str:
    """Growth against the growth that was forecast."""
    check_language(language)
    off = rounded(growth - forecast)
    kind_nb, kind_en = ("nedgang", "decline") if forecast < 0 else ("vekst", "growth")
    became, missed = whole(growth, language), signed(off, language)
    if language == "nb":
        head = f"Prognosen for {year} var en {kind_nb} på {persons(forecast, language)}"
        return head + ("; det traff." if off == 0 else f"; det ble {became}, et avvik på {missed}.")
    head = f"The forecast for {year} was a {kind_en} of {persons(forecast, language)}"
    return head + ("; it was met." if off == 0 else f"; it became {became}, a deviation of {missed}.")


def largest_deviations_sentence(deviations: Mapping[str, float], *, language: Language, most: int = 3) -> str:
    """Age groups that missed most, on either side."""
    check_language(language)
    ranked = sorted(deviations, key=lambda group: -abs(deviations[group]))
    missed = [group for group in ranked if rounded(deviations[group]) != 0][:most]
    if not missed:
        return {"nb": "Alle aldersgruppene traff.", "en": "Every age group was met."}[language]
    named = [f"{age_label(group, language)} ({signed(deviations[group], language)})" for group in missed]
    head = {
        "nb": ("Det største avviket var i alderen", "De største avvikene var i alderen"),
        "en": ("The largest deviation was at", "The largest deviations were at"),
    }[language][len(named) > 1]
    return f"{head} {joined(named, language)}."


def housing_sentence(*, year: int, expected: float, completed: float, language: Language) -> str:
    """Dwellings expected and completed."""
    check_language(language)
    off = rounded(completed - expected)
    e, c, d = whole(expected, language), whole(completed, language), whole(abs(off), language)
    if language == "nb":
        tail = "like mange" if off == 0 else f"{d} {'flere' if off > 0 else 'færre'}"
        return f"Det var ventet {e} nye boliger i {year}, og {c} ble ferdige, {tail}."
    tail = "as many" if off == 0 else f"{d} {'more' if off > 0 else 'fewer'}"
    return f"{e} dwellings were expected in {year} and {c} were completed, {tail}."


def vacated_sentence(*, vacated: float, completed: float, language: Language, forecast: bool = False) -> str:
    """Dwellings vacated by those who move out, against those that were built."""
    check_language(language)
    n = whole(vacated, language)
    ratio = number(vacated / completed, language, decimals=1) if completed > 0 else ""
    if language == "nb":
        verb = "ville etter prognosen bli" if forecast else "ble"
        head, tail = f"Om lag {n} boliger {verb} ledige ved utflytting", f", {ratio} for hver ny bolig"
    else:
        verb = "were forecast to be" if forecast else "were"
        head, tail = f"About {n} dwellings {verb} vacated by people moving out", f", {ratio} for each one completed"
    return head + (tail if ratio else "") + "."


def split_sentence(parts: Mapping[str, float], *, language: Language) -> str:
    """What a deviation is made of; the parts sum to it."""
    check_language(language)
    shown = [name for name in sorted(parts, key=lambda name: -abs(parts[name])) if rounded(parts[name]) != 0]
    total = signed(sum(parts.values()), language)
    if not shown:
        return {"nb": "Det var ikke noe avvik å forklare.", "en": "There was no deviation to explain."}[language]
    words = [f"{signed(parts[name], language)} {_cause(name, language)}" for name in shown]
    if language == "nb":
        return f"Avviket på {total} er satt sammen av {joined(words, language)}."
    return f"The deviation of {total} is made of {joined(words, language)}."


def _cause(name: str, language: Language) -> str:
    return {"nb": "fra", "en": "from"}[language] + f" {term(name, language).lower()}"


def interval_sentence(*, year: int, low: float, high: float, level: float, language: Language) -> str:
    """The interval of a forecast."""
    check_language(language)
    chance = percent(level * 100.0, language, decimals=0)
    a, b = whole(low, language), whole(high, language)
    if language == "nb":
        return f"Med {chance} sannsynlighet er folketallet 1. januar {year} mellom {a} og {b}."
    return f"With a chance of {chance} the population on 1 January {year} is between {a} and {b}."
