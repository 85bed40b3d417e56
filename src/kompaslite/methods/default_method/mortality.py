"""Mortality: the nation's, falling by bands of age, and that of old people in each area."""

import numpy as np

from kompaslite.methods.default_method.cohorts import Array, Cohorts, Whole, divided, drawn_ratio, first_ages, spread
from kompaslite.methods.default_method.parameters import Mortality, OldAges


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


def local_ratio(deaths: Array, expected: Array, *, nation: float, groups: Whole, choices: OldAges) -> Array:
    """Deaths at old ages relative to the nation's: of the area drawn to its group, of the group to the nation."""
    relative = deaths / nation if nation > 0.0 else expected
    return drawn_ratio(relative, expected, groups, group_shrink=choices.group_shrink, own_shrink=choices.local_shrink)
