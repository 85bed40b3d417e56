"""More sentences about what has been: quarters, components that turned, the nation, other places, earlier forecasts."""

from collections.abc import Mapping, Sequence

from kompaslite.schema import SchemaError
from kompaslite.text.numbers import Language, check_language, number, percent, signed, whole
from kompaslite.text.terms import term
from kompaslite.text.words import joined, persons, quarter_name, quarter_of, rounded, sentence_case

_NATIONAL: dict[str, tuple[str, str]] = {
    "population": ("Folketallet i landet", "The population of the country"),
    "births": ("Antallet fødte i landet", "The number of births in the country"),
    "deaths": ("Antallet døde i landet", "The number of deaths in the country"),
    "immigration": ("Innvandringen til landet", "Immigration to the country"),
    "emigration": ("Utvandringen fra landet", "Emigration from the country"),
    "net_immigration": ("Nettoinnvandringen til landet", "Net immigration to the country"),
    "immigration_ukrainian": ("Innvandringen av ukrainske statsborgere", "The immigration of Ukrainian citizens"),
}


def quarter_sentence(place: str, *, quarter: str, growth: float, language: Language) -> str:
    """How the population changed during a quarter."""
    when, change = quarter_name(quarter, language), rounded(growth)
    if language == "nb":
        verb, tail = ("økte", "") if change > 0 else ("gikk", " ned")
        how = f"{verb} folketallet i {place}{tail} med {persons(change, language)}"
        return f"I {when} {how if change else f'var folketallet i {place} uendret'}."
    verb = "rose" if change > 0 else "fell"
    how = f"{verb} by {persons(change, language)}" if change else "was unchanged"
    return f"In {when} the population of {place} {how}."


def quarter_trend_sentence(growths: Mapping[str, float], *, language: Language) -> str:
    """Growth of the last quarter against the quarters before it that are given."""
    check_language(language)
    ordered = sorted(growths, key=quarter_of)
    last, before = ordered[-1], ordered[-2]
    step = rounded(growths[last] - growths[before])
    others = [growths[label] for label in ordered[:-1]]
    extreme = "lowest" if growths[last] < min(others) else "highest" if growths[last] > max(others) else ""
    than = f"i {quarter_name(before, language)}" if language == "nb" else f"in {quarter_name(before, language)}"
    if language == "nb":
        words = {"lowest": "laveste", "highest": "høyeste"}
        head = "like stor som" if step == 0 else f"{persons(step, language)} {'høyere' if step > 0 else 'lavere'} enn"
        tail = (
            f", og den {words[extreme]} av de {len(ordered)} kvartalene som er vist" if extreme and others[1:] else ""
        )
        return f"Veksten var {head} {than}{tail}."
    head = "the same as" if step == 0 else f"{persons(step, language)} {'higher' if step > 0 else 'lower'} than"
    tail = f", and the {extreme} of the {len(ordered)} quarters shown" if extreme and others[1:] else ""
    return f"Growth was {head} {than}{tail}."


def changes_sentence(now: Mapping[str, float], before: Mapping[str, float], *, since: str, language: Language) -> str:
    """How each component changed: it rose, fell, turned its sign or stayed."""
    check_language(language)
    when = {"nb": f" i {since}", "en": f" in {since}"}[language]
    told = [
        _change(name, (rounded(before[name]), rounded(now[name])), language, when if i == 0 else "")
        for i, name in enumerate(now)
    ]
    return sentence_case(joined(told, language)) + "."


def _change(name: str, figures: tuple[int, int], language: Language, when: str) -> str:
    before, now = figures
    subject, start, end = term(name, language).lower(), signed(before, language), signed(now, language)
    if now == before:
        if language == "nb":
            return f"{subject} var uendret på {end}" + (f" som{when}" if when else "")
        return f"{subject} stayed at {end}" + (f" as{when}" if when else "")
    verbs = {"nb": ("snudde", "økte", "gikk ned"), "en": ("turned", "rose", "fell")}[language]
    verb = verbs[0] if now * before < 0 else verbs[1] if now > before else verbs[2]
    if language == "nb":
        return f"{subject} {verb} fra {start}{when} til {end}"
    return f"{subject} {verb} from {start}{when} to {end}"


def rates_sentence(rates: Mapping[int, float], *, language: Language) -> str:
    """Growth in per cent: the highest year, the lowest, and the last two."""
    check_language(language)
    years = sorted(rates)
    high, low = max(years, key=lambda year: rates[year]), min(years, key=lambda year: rates[year])
    shown = {year: number(rates[year], language, decimals=1) for year in years}
    last, before = years[-1], years[-2]
    same, rose = shown[last] == shown[before], rates[last] > rates[before]
    if language == "nb":
        head = f"I prosent var veksten høyest i {high} ({shown[high]}) og lavest i {low} ({shown[low]})"
        verb = "økte" if rose else "gikk ned"
        if same:
            return f"{head}; den var {shown[last]} både i {before} og i {last}."
        return f"{head}; den {verb} fra {shown[before]} i {before} til {shown[last]} i {last}."
    head = f"In per cent, growth was highest in {high} ({shown[high]}) and lowest in {low} ({shown[low]})"
    verb = "rose" if rose else "fell"
    if same:
        return f"{head}; it was {shown[last]} both in {before} and in {last}."
    return f"{head}; it {verb} from {shown[before]} in {before} to {shown[last]} in {last}."


def national_sentence(
    what: str, *, year: int, language: Language, value: float | None = None, change: float | None = None
) -> str:
    """A figure of the nation, its change from the year before, or both."""
    check_language(language)
    if what not in _NATIONAL or (value is None and change is None):
        raise SchemaError(
            f"national figure {what!r}: there are {', '.join(_NATIONAL)}, each with a value or a change. Correct it."
        )
    subject = _NATIONAL[what][0 if language == "nb" else 1]
    if value is None:
        return f"{subject} {_moved(change or 0.0, year - 1, language)}."
    tail = "" if change is None else f", {_against(change, year - 1, language)}"
    if what == "population":
        return f"{_inhabitants(value, year, language)}{tail}."
    was, during = {"nb": ("var", "i"), "en": ("was", "in")}[language]
    return f"{subject} {was} {whole(value, language)} {during} {year}{tail}."


def _inhabitants(value: float, year: int, language: Language) -> str:
    people = whole(value, language)
    if language == "nb":
        return f"Landet hadde {people} innbyggere 1. januar {year}"
    return f"The country had {people} inhabitants on 1 January {year}"


def _moved(change: float, before: int, language: Language) -> str:
    size, step = whole(abs(change), language), rounded(change)
    if language == "nb":
        verb = "økte" if step > 0 else "gikk ned"
        return f"{verb} med {size} fra {before}" if step else f"var som i {before}"
    verb = "rose" if step > 0 else "fell"
    return f"{verb} by {size} from {before}" if step else f"was as in {before}"


def _against(change: float, before: int, language: Language) -> str:
    size, step = whole(abs(change), language), rounded(change)
    if language == "nb":
        return f"{size} {'flere' if step > 0 else 'færre'} enn i {before}" if step else f"like mange som i {before}"
    return f"{size} {'more' if step > 0 else 'fewer'} than in {before}" if step else f"as many as in {before}"


def places_sentence(place: str, rates: Mapping[str, float], *, year: int, language: Language) -> str:
    """Growth in per cent against other places."""
    check_language(language)
    own = number(rates[place], language, decimals=1)
    sides: dict[str, list[str]] = {"higher": [], "same": [], "lower": []}
    for other, rate in rates.items():
        shown = number(rate, language, decimals=1)
        side = "same" if shown == own else "higher" if rates[place] > rate else "lower"
        if other != place:
            sides[side].append(other if side == "same" else f"{other} ({shown})")
    words = {
        "nb": {"higher": "høyere enn i", "same": "den samme som i", "lower": "lavere enn i"},
        "en": {"higher": "higher than in", "same": "the same as in", "lower": "lower than in"},
    }[language]
    told = [f"{words[side]} {joined(others, language)}" for side, others in sides.items() if others]
    share = percent(rates[place], language)
    if language == "nb":
        return f"Veksten i {place} i {year}, {share}, var {joined(told, language)}."
    return f"Growth in {place} in {year}, {share}, was {joined(told, language)}."


def record_sentence(errors: Sequence[float], *, language: Language) -> str:
    """How far earlier forecasts were off."""
    check_language(language)
    if not errors:
        return {"nb": "Ingen tidligere prognoser er oppgitt.", "en": "No earlier forecasts are given."}[language]
    off = percent(sum(abs(error) for error in errors) / len(errors), language, decimals=2)
    high, low = sum(error > 0 for error in errors), sum(error < 0 for error in errors)
    met = len(errors) - high - low
    if language == "nb":
        parts = [f"{count} {word}" for count, word in ((high, "for høye"), (low, "for lave"), (met, "traff")) if count]
        if len(errors) == 1:
            way = "for høyt" if high else "for lavt"
            return f"Den ene tidligere prognosen bommet med {off}{f', {way}' if high or low else ''}."
        return f"De {len(errors)} tidligere prognosene bommet i snitt med {off}: {joined(parts, language)}."
    if len(errors) == 1:
        return f"The one earlier forecast was off by {off}{', too high' if high else ', too low' if low else ''}."
    parts = [f"{high} {'was' if high == 1 else 'were'} too high"] if high else []
    parts += [f"{low} {'' if high else 'was ' if low == 1 else 'were '}too low"] if low else []
    parts += [f"{met} {'was' if met == 1 else 'were'} met"] if met else []
    return f"The {len(errors)} earlier forecasts were off by {off} on average: {joined(parts, language)}."
