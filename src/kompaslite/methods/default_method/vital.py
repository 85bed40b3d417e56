"""Births and deaths: the nation's, those of each area against it, and what stands in where no table is given."""

import numpy as np

from kompaslite.methods.default_method.cohorts import (
    Array,
    Cohorts,
    Whole,
    divided,
    drawn_ratio,
    first_ages,
    spread,
)
from kompaslite.methods.default_method.parameters import Fertility, Mortality, OldAges
from kompaslite.rates import SEX_RATIO_AT_BIRTH, peristera_kostaki

#: Births by mother's age, up to a factor: Peristera and Kostaki's model 1, fitted to Norway 2022 (Human Fertility
#: Database).
SCHEDULE = {"level": 1.0, "peak": 30.84, "below": 6.17, "above": 7.52}
#: Ages of mothers.
FERTILE = (15, 49)
#: Ages at which change by migration is small beside deaths, and which have enough of them.
OLD_COHORTS = (65, 95)
#: Gompertz curves, intercept and slope of the log rate by age, of women and men: fitted to Norway 2020-2023, ages 65-95
#: (Human Mortality Database).
STANDARD_MORTALITY = ((-13.478, 0.1267), (-12.637, 0.1203))
#: Highest rate of the curve; a cohort that dies at rate 2 is empty at the end of the year.
HIGHEST = 1.5
#: Deaths that the old cohorts must have, for a slope over age.
FEWEST_DEATHS = 50.0


def survival(rates: Array, ratio: Array | float = 1.0) -> Array:
    """Share of a cohort that is left after a year, s ** ratio with s = (1 - m / 2) / (1 + m / 2)."""
    result: Array = ((1.0 - rates / 2.0) / (1.0 + rates / 2.0)) ** ratio
    return result


def central_rates(kept: Array) -> Array:
    """Central death rate of a cohort of which a share is left."""
    return 2.0 * (1.0 - kept) / (1.0 + kept)


def mortality_ahead(rates: Array, people: Array, ahead: Array, choices: Mortality) -> Array:
    """Central death rates by lead: a recent mean that falls by the trend of its band of ages."""
    ages = rates.shape[1]
    base = min(choices.base, rates.shape[-1])
    fall = _fall(rates[..., -choices.trend :], people, first_ages(choices.bands, ages), choices.fall)
    years = ahead + (base - 1) / 2.0
    result: Array = rates[..., -base:].mean(axis=-1)[..., None] * np.exp(-fall[..., None] * years)
    return result


def _fall(rates: Array, people: Array, bands: Whole, most: float) -> Array:
    """Annual log-linear fall of each band of ages, between nothing and the cap, ``[sex, age]``."""
    weight = people + 1e-6  # so that a band in which nobody lives still has a mean
    level = (
        np.add.reduceat(rates * weight[..., None], bands, axis=1) / np.add.reduceat(weight, bands, axis=1)[..., None]
    )
    time = np.arange(rates.shape[-1]) - (rates.shape[-1] - 1) / 2.0
    falling = (level > 0.0).all(axis=-1, keepdims=True)  # a band in which nobody died in some year has no trend
    slope = np.log(np.where(falling, level, 1.0)) @ time / max(float(time @ time), 1.0)
    return spread(np.clip(-slope, 0.0, most), bands, rates.shape[1])


def old_age_correction(cohorts: Cohorts, rates: Array, choices: OldAges) -> Array:
    """Deaths of observed cohorts over those of the life table, by band of old ages, 1 below."""
    years = slice(-choices.years, None)
    start, end = cohorts.start[..., years], cohorts.end[..., years]
    expected = (rates[..., years] * (start + end) / 2.0).sum(axis=(0, 2))
    deaths = (start - end).sum(axis=(0, 2))
    ages = len(deaths)
    bands = first_ages((choices.first, *[age for age in choices.bands if age > choices.first]), ages)
    shrink = choices.correction_shrink
    ratio = divided(np.add.reduceat(deaths, bands) + shrink, np.add.reduceat(expected, bands) + shrink)
    out = np.ones(ages)
    out[choices.first :] = spread(ratio[None], bands - choices.first, ages - choices.first)[0]
    return out


def old_deaths(cohorts: Cohorts, rates: Array, choices: OldAges, *, years: int) -> tuple[Array, Array]:
    """Deaths at old ages, and those expected, of the last years together."""
    old = np.s_[..., choices.first :, -years:]
    start, end = cohorts.start[old], cohorts.end[old]
    expected = rates[old] * (start + end) / 2.0
    return (start - end).sum(axis=(-3, -2, -1)), expected.sum(axis=(-3, -2, -1))


def local_ratio(deaths: Array, expected: Array, *, nation: float, area_groups: Whole, choices: OldAges) -> Array:
    """Deaths at old ages relative to the nation's: of the area drawn to its group, of the group to the nation."""
    relative = deaths / nation if nation > 0.0 else expected
    return drawn_ratio(
        relative, expected, area_groups, group_shrink=choices.group_shrink, own_shrink=choices.local_shrink
    )


def cohort_mortality(cohorts: Cohorts, choices: OldAges) -> tuple[Array, str]:
    """Central death rates on a Gompertz curve through what old cohorts lost, or a standard one, and which it is."""
    years = slice(-choices.years, None)
    start, end = cohorts.start[..., years].sum(axis=-1), cohorts.end[..., years].sum(axis=-1)
    ages = np.arange(start.shape[1])
    old = (ages >= OLD_COHORTS[0]) & (ages <= min(OLD_COHORTS[1], ages[-1] - 1))
    curves = [_gompertz(ages, one[old], other[old], ages[old]) for one, other in zip(start, end, strict=True)]
    read = [curve for curve in curves if curve is not None]
    if len(read) == len(curves):
        return np.stack(read)[..., None], "a Gompertz curve through the old cohorts of the population, without a trend"
    standard = [np.minimum(np.exp(level + slope * ages), HIGHEST) for level, slope in STANDARD_MORTALITY]
    return np.stack(standard)[..., None], "a standard curve (Norway 2020-2023), because too few old people die here"


def _gompertz(ages: Whole, start: Array, end: Array, old: Whole) -> Array | None:
    """exp(a + b age) through the rates of five-year bands, weighted by deaths; None where too few die."""
    bands = np.arange(0, len(old), 5)
    lost, lived = np.add.reduceat(start - end, bands), np.add.reduceat((start + end) / 2.0, bands)
    middle = np.add.reduceat(old.astype(float), bands) / np.diff(np.append(bands, len(old)))
    seen = (lost > 0.0) & (lived > 0.0)
    if lost[seen].sum() < FEWEST_DEATHS or seen.sum() < 2:
        return None
    rates = lost[seen] / lived[seen]
    slope, level = np.polyfit(middle[seen], np.log(rates), 1, w=np.sqrt(lost[seen]))
    result: Array = np.minimum(np.exp(level + slope * ages), HIGHEST)
    return result


def births_of(cohorts: Cohorts, rates: Array) -> Array:
    """Births as they are known, else the children of age 0 at the end of the year and those who died."""
    half = rates[:, 0] / 2.0
    kept = ((1.0 - half) / (1.0 + half)).mean(axis=0)
    read = cohorts.end[..., 0, :].sum(axis=-2) / kept
    return np.where(np.isnan(cohorts.births), read, cohorts.births)


def fertility_level(cohorts: Cohorts, births: Array, schedule: Array) -> Array:
    """Births relative to those at a schedule with one child per woman: the total fertility rate at that schedule."""
    return divided(births, schedule @ cohorts.mothers)


def fertility_ahead(level: Array, leads: Array, choices: Fertility) -> Array:
    """Level by lead: last year's, with the recent trend, capped and damped."""
    years = min(choices.trend, len(level) - 1)
    if level[-1] <= 0.0 or level[-1 - years] <= 0.0:
        return np.full(len(leads), level[-1])
    step = np.clip(np.log(level[-1] / level[-1 - years]) / years, -choices.step, choices.step)
    lasting = np.cumsum(choices.damping ** np.arange(1, int(leads[-1]) + 1))
    result: Array = level[-1] * np.exp(step * lasting[leads.astype(int) - 1])
    return result


def male_share(cohorts: Cohorts, years: int) -> float:
    """Share of boys among the children of age 0 of the last years, the usual one where there are none."""
    born = cohorts.end[:, 0, -years:].sum(axis=-1)
    return float(born[1] / born.sum()) if born.sum() > 0.0 else SEX_RATIO_AT_BIRTH / (1.0 + SEX_RATIO_AT_BIRTH)


def expected_births(cohorts: Cohorts, schedule: Array, level: Array) -> Array:
    """Births at the nation's rates."""
    result: Array = np.einsum("a,...ay->...y", schedule, cohorts.mothers) * level
    return result


def local_fertility(births: Array, expected: Array, *, area_groups: Whole, choices: Fertility) -> Array:
    """Births over those expected at the nation's rates, of the last years: the area's drawn to its group's."""
    born, usual = (part[:, -choices.local :].sum(axis=1) for part in (births, expected))
    return drawn_ratio(born, usual, area_groups, group_shrink=choices.group_shrink, own_shrink=choices.local_shrink)


def standard_schedule(ages: Whole) -> Array:
    """Births per woman by age, with sum 1."""
    fertile = (ages >= FERTILE[0]) & (ages <= FERTILE[1])
    shape: Array = np.where(fertile, peristera_kostaki(ages, SCHEDULE).values, 0.0)
    result: Array = shape / shape.sum()
    return result
