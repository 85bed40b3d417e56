"""Everything that the default method expects, on bare arrays: migration, mortality and fertility of each area."""

from dataclasses import dataclass

import numpy as np

from kompaslite.methods.default_method.cohorts import Array, Whole, at_years, net_survivors
from kompaslite.methods.default_method.inputs import Known
from kompaslite.methods.default_method.migration import (
    Pool,
    lent_profile,
    level_ahead,
    local_levels,
    migration_ahead,
    migration_rates,
    mobility_weights,
    rates_by_age,
    size_similarity,
    without_level,
)
from kompaslite.methods.default_method.parameters import DefaultParameters
from kompaslite.methods.default_method.vital import (
    births_of,
    expected_births,
    fertility_ahead,
    fertility_level,
    local_fertility,
    local_ratio,
    male_share,
    mortality_ahead,
    old_age_correction,
    old_deaths,
    survival,
)


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Assumptions on bare arrays.

    Parameters
    ----------
    fertility : np.ndarray
        Births per woman and year, ``[area, age, year]``.
    male_share : float
        Of births.
    kept : np.ndarray
        Share of a cohort that is left after deaths, ``[area, sex, age, year]``.
    net : np.ndarray
        Net migration per person at the start of the year, ``[area, sex, age, year]``.
    usual : np.ndarray
        Mean persons at the start of the years of history, ``[area, sex, age]``.
    """

    fertility: Array
    male_share: float
    kept: Array
    net: Array
    usual: Array


def outlook_of(known: Known, years: Whole, choices: DefaultParameters) -> Outlook:
    """Fit everything on what is known, and say how it goes on."""
    areas, nation = known.areas, known.nation
    past = nation.mortality(nation.cohorts.years)
    net = net_survivors(nation.cohorts, past)
    leads = (years - nation.cohorts.years[-1]).astype(float)
    national = migration_ahead(net, nation.cohorts.start, leads, choices.nation)
    national[:, choices.old_ages.first :] = 0.0
    rates = migration_rates(net, nation.cohorts.start, fewest=choices.nation.fewest)
    usual_rates = at_years(rates, nation.cohorts.years, areas.years)
    local = _local_migration(known, usual_rates, np.arange(1.0, len(years) + 1.0), choices)
    window = slice(-choices.shape.window, None)
    exposed = areas.start[..., window].mean(axis=-1)
    fertility, share = _fertility(known, past, leads, choices)
    return Outlook(fertility, share, _survival(known, past, years, choices), national + local[:, None], exposed)


def _local_migration(known: Known, national: Array, leads: Array, choices: DefaultParameters) -> Array:
    """Net migration above the nation's per person, ``[area, age, year]``: a shape by age on a level by year."""
    areas = known.areas
    above = net_survivors(areas, known.nation.mortality(areas.years)) - areas.start * national
    old, size = choices.old_ages.first, areas.people[..., -1].sum(axis=(1, 2))
    pool = _pooled(above, areas.start, choices.shape.window, old)
    last = _pooled(above, areas.start, choices.level.momentum_years, old)
    mobility = mobility_weights(pool, flat_areas=choices.shape.flat_areas)
    similarity = size_similarity(size, width=choices.shape.size_kernel)
    levels = local_levels(
        pool, lent_profile(pool, similarity), mobility, area_groups=known.area_groups, choices=choices.level
    )
    closer = np.where(known.area_groups[:, None] == known.area_groups, choices.shape.group_weight, 1.0)
    lent = without_level(lent_profile(pool, similarity * closer), pool.exposed, mobility)
    rates = rates_by_age(pool, lent + levels.whole[:, None] * mobility, choices.shape)
    shape = without_level(rates, pool.exposed, mobility)
    recent = np.where(last.exposed.any(axis=1), last.level(mobility), levels.whole)
    level = level_ahead(levels, recent, leads, size=size, choices=choices.level)
    local = shape[..., None] + level[:, None] * mobility[:, None]
    local[:, old:] = 0.0
    local[:, 0] = 0.0
    return local


def _pooled(net: Array, exposed: Array, years: int, old: int) -> Pool:
    """Sexes and the last years together, at the ages that move."""
    pooled = [part[..., -years:].sum(axis=(1, 3)) for part in (net, exposed)]
    for part in pooled:
        part[:, old:] = 0.0
        part[:, 0] = 0.0
    return Pool(*pooled)


def _survival(known: Known, past: Array, years: Whole, choices: DefaultParameters) -> Array:
    """Share of each cohort that is left after deaths, ``[area, sex, age, year]``."""
    areas, nation, old = known.areas, known.nation, choices.old_ages
    ahead = (years - nation.table_years[-1]).astype(float)
    table_year = np.clip(nation.table_years[-1] - nation.cohorts.years[0], 0, len(nation.cohorts.years))
    rates = mortality_ahead(nation.table, nation.cohorts.people[..., table_year], ahead, choices.mortality)
    correction = old_age_correction(nation.cohorts, past, old)
    window = choices.shape.window
    deaths, expected = old_deaths(areas, nation.mortality(areas.years), old, years=window)
    all_deaths, all_expected = old_deaths(nation.cohorts, past, old, years=window)
    level = float(all_deaths / all_expected) if all_expected > 0.0 else 1.0
    local = local_ratio(deaths, expected, nation=level, area_groups=known.area_groups, choices=old)
    ratio = np.ones((len(deaths), 1, past.shape[1], 1))
    ratio[:, :, old.first :] = local[:, None, None, None]
    return survival(rates, correction[:, None] * ratio)


def _fertility(known: Known, past: Array, leads: Array, choices: DefaultParameters) -> tuple[Array, float]:
    """Births per woman and year, ``[area, age, year]``, and the share of boys."""
    areas, nation = known.areas, known.nation
    level = fertility_level(nation.cohorts, births_of(nation.cohorts, past), nation.schedule)
    births = births_of(areas, nation.mortality(areas.years))
    usual = at_years(level, nation.cohorts.years, areas.years)
    expected = expected_births(areas, nation.schedule, usual)
    local = local_fertility(births, expected, area_groups=known.area_groups, choices=choices.fertility)
    ahead = fertility_ahead(level, leads, choices.fertility)
    share = male_share(nation.cohorts, choices.fertility.sex_ratio)
    return local[:, None, None] * nation.schedule[:, None] * ahead, share
