"""Sentences chosen from the figures: a thing rose, fell or stayed as it was, and one person is not persons."""

from collections.abc import Mapping, Sequence
from typing import Literal

from kompaslite.schema import SchemaError
from kompaslite.text.catalogue import Language, entry
from kompaslite.text.numbers import counted, number, quarter_name, quarter_of, rounded, sentence_case
from kompaslite.text.say import say

#: Where an interval comes from: draws of a model, or errors of earlier forecasts.
IntervalKind = Literal["draws", "errors"]


def _way(change: float) -> str:
    """Which way a figure went, as it is printed."""
    step = rounded(change)
    return "more" if step > 0 else "less" if step < 0 else "same"


def growth_sentence(place: str, *, year: int, population: float, before: float, language: Language) -> str:
    """How many people there are, and how that changed during the year."""
    change = population - before
    figures = {"place": place, "year": year, "next_year": year + 1, "people": population, "change": change}
    if before <= 0 and rounded(change):
        return say("sentence.growth.from_none", language, **figures)
    share = abs(change) / before * 100.0 if before > 0 else 0.0
    return say(f"sentence.growth.{_way(change)}", language, share=share, **figures)


def trend_sentence(growths: Mapping[int, float], *, language: Language) -> str:
    """Last year's growth against the year before, and against all years there are."""
    years = sorted(growths)
    extreme = _extreme([growths[year] for year in years])
    tail = say(f"sentence.trend.{extreme}_since", language, year=years[0]) if extreme else ""
    step = growths[years[-1]] - growths[years[-2]]
    return say(f"sentence.trend.{_way(step)}", language, step=step, when=years[-2], extreme=tail)


def quarter_trend_sentence(growths: Mapping[str, float], *, language: Language) -> str:
    """Growth of the last quarter against the quarters before it that are given."""
    ordered = sorted(growths, key=quarter_of)
    extreme = _extreme([growths[label] for label in ordered])
    tail = say(f"sentence.trend.{extreme}_shown", language, quarters=len(ordered)) if extreme else ""
    step = growths[ordered[-1]] - growths[ordered[-2]]
    when = quarter_name(ordered[-2], language)
    return say(f"sentence.trend.{_way(step)}", language, step=step, when=when, extreme=tail)


def _extreme(values: Sequence[float]) -> str:
    """Whether the last of three values or more is the lowest or the highest."""
    last, others = values[-1], values[:-1]
    if len(others) < 2:
        return ""
    return "lowest" if last < min(others) else "highest" if last > max(others) else ""


def components_sentence(components: Mapping[str, float], *, growth: float, language: Language) -> str:
    """What the growth consists of, the correction of the register included."""
    named = [name for name in components if name not in ("growth", "adjustment")]
    parts = [
        say(f"sentence.components.{'next' if i else 'first'}", language, name=name, size=components[name])
        for i, name in enumerate(named)
    ]
    rest = growth - sum(components[name] for name in named)
    form = "adjusted" if rounded(rest) else "together"
    return say(f"sentence.components.{form}", language, parts=parts, rest=rest, growth=growth)


def changes_sentence(now: Mapping[str, float], before: Mapping[str, float], *, since: str, language: Language) -> str:
    """How each component changed: it rose, fell, turned its sign or stayed."""
    told = [
        _change(name, (rounded(before[name]), rounded(now[name])), since if i == 0 else "", language)
        for i, name in enumerate(now)
    ]
    return sentence_case(say("sentence.change.all", language, changes=told))


def _change(name: str, figures: tuple[int, int], since: str, language: Language) -> str:
    before, now = figures
    form = "turned" if now * before < 0 else _way(now - before)
    when = say(f"sentence.change.{'as_in' if form == 'same' else 'since'}", language, period=since) if since else ""
    return say(f"sentence.change.{form}", language, name=name, before=before, now=now, when=when)


def quarter_sentence(place: str, *, quarter: str, growth: float, language: Language) -> str:
    """How the population changed during a quarter."""
    return say(f"sentence.quarter.{_way(growth)}", language, place=place, quarter=quarter, change=growth)


def rates_sentence(rates: Mapping[int, float], *, language: Language) -> str:
    """Growth in per cent: the highest year, the lowest, and the last two."""
    years = sorted(rates)
    high, low = max(years, key=lambda year: rates[year]), min(years, key=lambda year: rates[year])
    last, previous = years[-1], years[-2]
    before, now = rates[previous], rates[last]
    alike = number(before, language, decimals=1) == number(now, language, decimals=1)
    form = "same" if alike else "more" if now > before else "less"
    ends = {"high": high, "highest": rates[high], "low": low, "lowest": rates[low]}
    return say(f"sentence.rates.{form}", language, **ends, previous=previous, last=last, before=before, now=now)


def national_sentence(
    what: str, *, year: int, language: Language, value: float | None = None, change: float | None = None
) -> str:
    """A figure of the nation, its change from the year before, or both."""
    subjects = entry("nation", language)
    if what not in subjects or (value is None and change is None):
        raise SchemaError(
            f"national figure {what!r}: there are {', '.join(subjects)}, each with a value or a change. Correct it."
        )
    moved = {"change": change, "before": year - 1}
    if value is None:
        return say(f"sentence.nation.{_way(change or 0.0)}", language, subject=subjects[what], **moved)
    against = "" if change is None else say(f"sentence.nation.against_{_way(change)}", language, **moved)
    form = "population" if what == "population" else "value"
    return say(f"sentence.nation.{form}", language, subject=subjects[what], value=value, year=year, against=against)


def places_sentence(place: str, rates: Mapping[str, float], *, year: int, language: Language) -> str:
    """Growth in per cent against other places."""
    own = number(rates[place], language, decimals=1)
    sides: dict[str, list[str]] = {"higher": [], "same": [], "lower": []}
    for other, rate in rates.items():
        shown = number(rate, language, decimals=1)
        side = "same" if shown == own else "higher" if rates[place] > rate else "lower"
        if other != place:
            sides[side].append(other if side == "same" else f"{other} ({shown})")
    told = [say(f"sentence.places.{side}", language, others=others) for side, others in sides.items() if others]
    return say("sentence.places.all", language, place=place, year=year, share=rates[place], sides=told)


def deviation_sentence(*, year: int, growth: float, forecast: float, language: Language) -> str:
    """Growth against the growth that was forecast."""
    off = rounded(growth - forecast)
    form = f"{'decline' if forecast < 0 else 'growth'}_{'missed' if off else 'met'}"
    return say(f"sentence.deviation.{form}", language, year=year, forecast=forecast, growth=growth, off=off)


def largest_deviations_sentence(deviations: Mapping[str, float], *, language: Language, most: int = 3) -> str:
    """Age groups that missed most, on either side."""
    ranked = sorted(deviations, key=lambda group: -abs(deviations[group]))
    missed = [group for group in ranked if rounded(deviations[group]) != 0][:most]
    named = [say("sentence.largest.group", language, group=group, off=deviations[group]) for group in missed]
    form = "none" if not named else "one" if len(named) == 1 else "other"
    return say(f"sentence.largest.{form}", language, groups=named)


def housing_sentence(*, year: int, expected: float, completed: float, language: Language) -> str:
    """Dwellings expected and completed."""
    off = completed - expected
    figures = {"year": year, "expected": expected, "completed": completed, "off": off}
    return say(f"sentence.dwellings.{_way(off)}", language, **figures)


def vacated_sentence(*, vacated: float, new: float, language: Language, forecast: bool = False) -> str:
    """Dwellings vacated by those who move out, against new ones: both counted, or both forecast."""
    form = "forecast" if forecast else "counted"
    each = say(f"sentence.vacated.each_{form}", language, ratio=vacated / new) if new > 0 else ""
    return say(f"sentence.vacated.{form}", language, vacated=vacated, each=each)


def split_sentence(parts: Mapping[str, float], *, language: Language) -> str:
    """What a deviation is made of; the parts sum to it."""
    ranked = sorted(parts, key=lambda name: -abs(parts[name]))
    told = [
        say("sentence.split.part", language, size=parts[name], name=name) for name in ranked if rounded(parts[name])
    ]
    return say(f"sentence.split.{'all' if told else 'none'}", language, total=sum(parts.values()), parts=told)


def plan_sentence(
    *, effect: float, low: float, high: float, level: float, dwellings: float, deviation: float, language: Language
) -> str:
    """How much of a deviation a model gives to dwellings that were not built as planned."""
    figures = {"effect": effect, "low": low, "high": high, "deviation": deviation, "rest": deviation - effect}
    return say(f"sentence.plan.{_way(dwellings)}", language, off=dwellings, level=level * 100.0, **figures)


def forecast_sentence(
    place: str, *, years: tuple[int, int], population: tuple[float, float], language: Language
) -> str:
    """The population at the end of a forecast against that at its start."""
    change = rounded(population[1]) - rounded(population[0])
    figures = {"place": place, "first": years[0], "last": years[1], "people": population[1], "change": change}
    if population[0] <= 0 and change:
        return say("sentence.forecast.from_none", language, **figures)
    share = abs(change) / population[0] * 100.0 if change else 0.0
    return say(f"sentence.forecast.{_way(change)}", language, share=share, **figures)


def groups_sentence(changes: Mapping[str, float], *, until: int, language: Language) -> str:
    """Age groups that grow most and shrink most."""
    most, least = max(changes, key=lambda group: changes[group]), min(changes, key=lambda group: changes[group])
    grows, shrinks = rounded(changes[most]) > 0, rounded(changes[least]) < 0
    form = "both" if grows and shrinks else "grow" if grows else "shrink" if shrinks else "none"
    ends = {"most": most, "up": changes[most], "least": least, "down": changes[least]}
    return say(f"sentence.groups.{form}", language, until=until, **ends)


def kind_sentence(kind: IntervalKind | None, *, level: float = 0.8, language: Language = "nb") -> str:
    """What sort of interval a forecast has, or that it has none."""
    return say(f"sentence.interval.{kind or 'none'}", language, level=level * 100.0)


def interval_sentence(*, year: int, low: float, high: float, level: float, language: Language) -> str:
    """The interval of a forecast."""
    return say("sentence.interval.ends", language, year=year, low=low, high=high, level=level * 100.0)


def scenario_sentence(name: str, *, against: str, difference: float, year: int, language: Language) -> str:
    """A scenario against another one."""
    figures = {"name": name, "against": against, "difference": difference, "year": year}
    return say(f"sentence.scenario.{_way(difference)}", language, **figures)


def record_sentence(errors: Sequence[float], *, language: Language) -> str:
    """How far earlier forecasts were off."""
    if not errors:
        return say("sentence.record.none", language)
    off = sum(abs(error) for error in errors) / len(errors)
    high, low = sum(error > 0 for error in errors), sum(error < 0 for error in errors)
    if len(errors) == 1:
        return say(f"sentence.record.one_{'high' if high else 'low' if low else 'met'}", language, off=off)
    sides = {"too_high": high, "too_low_also" if high else "too_low": low, "met": len(errors) - high - low}
    told = [counted(side, count, language) for side, count in sides.items() if count]
    return say("sentence.record.several", language, forecasts=len(errors), off=off, sides=told)


def series_sentence(what: str, values: Mapping[str, float], *, language: Language, decimals: int = 0) -> str:
    """The first and last figure of a series, its highest and its lowest."""
    told = {
        label: say("sentence.series.at", language, value=number(value, language, decimals=decimals), label=label)
        for label, value in values.items()
    }
    first, last = next(iter(values)), list(values)[-1]
    most, least = max(values, key=lambda label: values[label]), min(values, key=lambda label: values[label])
    ends = {"first": told[first], "last": told[last], "most": told[most], "least": told[least]}
    return say(f"sentence.series.{'one' if first == last else 'all'}", language, what=what, **ends)
