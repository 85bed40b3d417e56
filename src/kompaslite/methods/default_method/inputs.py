"""What the default method reads: accounts of the areas, the nation beside them, and the group of each area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.methods.contract import Sources
from kompaslite.methods.default_method.cohorts import Array, Cohorts, Whole, at_years, cohorts_of
from kompaslite.methods.default_method.parameters import FEWEST_POPULATIONS, DefaultParameters, Fertility
from kompaslite.methods.default_method.vital import cohort_mortality, standard_schedule
from kompaslite.schema import SEXES, SchemaError, conform, require_dims, require_labels, require_values, short_list

#: Letters of an area code that name its group; the county, in the codes of Norwegian municipalities.
GROUP_LETTERS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Nation:
    """The country, or what stands in for it.

    Parameters
    ----------
    cohorts : Cohorts
        ``[sex, age, year]``.
    table : np.ndarray
        Central death rates by age reached, ``[sex, age, year]``, of `table_years`.
    table_years : np.ndarray
        Years, one after the other.
    schedule : np.ndarray
        Births per woman by age, with sum 1, ``[age]``.
    words : dict of str to str
        Where each part comes from.
    """

    cohorts: Cohorts
    table: Array
    table_years: Whole
    schedule: Array
    words: dict[str, str]

    def mortality(self, years: Whole) -> Array:
        """Central death rates in given years, ``[sex, age, year]``; the last year stands in after the table."""
        return at_years(self.table, self.table_years, years)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """All that the method knows, on bare arrays.

    Parameters
    ----------
    areas : Cohorts
        ``[area, sex, age, year]``, of the years that are used.
    nation : Nation
        Beside them.
    area_groups : np.ndarray
        Number of the group of each area, from 0.
    alone : tuple of str
        Areas without a group.
    """

    areas: Cohorts
    nation: Nation
    area_groups: Whole
    alone: tuple[str, ...]


def read_known(
    observed: Accounts, sources: Sources, area_groups: Mapping[str, str] | None, choices: DefaultParameters
) -> Known:
    """Check what was given and lay it out."""
    population = observed.population
    _check_population(population, choices)
    _check_length(observed.years, "the population")
    _check_nobody_missing(population)
    names, alone = number_groups([str(code) for code in population["area"].values], area_groups)
    areas = cohorts_of(observed, most=choices.history)
    nation = _nation(observed, sources, choices)
    _check_reach(nation, areas.years)
    return Known(areas, nation, names, alone)


def number_groups(codes: Sequence[str], area_groups: Mapping[str, str] | None) -> tuple[Whole, tuple[str, ...]]:
    """Number of the group of each area; an area that no group names is one by itself."""
    if area_groups is None:
        return np.unique([code[:GROUP_LETTERS] for code in codes], return_inverse=True)[1], ()
    alone = tuple(code for code in codes if code not in area_groups)
    if len(alone) == len(codes):
        raise SchemaError(
            f"area_groups: none of the {len(codes)} areas is named; they name {short_list(list(area_groups))}, the "
            f"population has {short_list(codes)}. Give the group of each area by its code."
        )
    names = [("group", area_groups[code]) if code in area_groups else ("alone", code) for code in codes]
    numbers = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names]), alone


def _check_population(population: xr.DataArray, choices: DefaultParameters) -> None:
    require_dims(population, "population", needed=("area", "sex", "age", "year"), allowed=("area",))
    ages, years = population["age"].values, population["year"].values
    if tuple(population["sex"].values) != SEXES:
        raise SchemaError("population: both sexes are needed, because women bear the children. Add the other one.")
    if ages[0] != 0 or np.any(np.diff(ages) != 1) or np.any(np.diff(years) != 1):
        raise SchemaError(
            f"population: single years of age from 0, and every year, are needed; there are ages {ages[0]} to "
            f"{ages[-1]} and years {years[0]} to {years[-1]} in steps. Graduate the age groups (graduate), or add the "
            "missing years."
        )
    if ages[-1] < choices.old_ages.first:
        raise SchemaError(
            f"population: the last age is {ages[-1]}, but from {choices.old_ages.first} on mortality is told from "
            "migration. Give more ages, or lower the parameter old_ages.first."
        )


def _check_length(years: Sequence[int], whose: str) -> None:
    if len(years) < FEWEST_POPULATIONS:
        raise SchemaError(
            f"default: needs {FEWEST_POPULATIONS} years of population, and {whose} has {len(years)}, {years[0]} to "
            f"{years[-1]}. Choose a later origin, or a method that needs less."
        )


def _check_nobody_missing(population: xr.DataArray) -> None:
    last = population.isel(year=-1)
    empty = population["area"].values[(last.sum(["sex", "age"]) <= 0.0).values].tolist()
    if empty:
        raise SchemaError(
            f"population: {len(empty)} areas have nobody on 1 January {int(last['year'])}: "
            f"{short_list(empty, most=20)}. Their past says nothing about who will come: leave them out, or let "
            "housing fill them."
        )


def _nation(observed: Accounts, sources: Sources, choices: DefaultParameters) -> Nation:
    whole, words = _accounts_of_nation(observed, sources)
    ages = whole.population["age"].values
    cohorts = cohorts_of(whole)
    if sources.mortality is None:
        table, words["mortality"] = cohort_mortality(cohorts, choices.old_ages)
        table_years = cohorts.years[:1]
    else:
        rates = _table(sources.mortality, "mortality", whole.population, ("sex", "age"))
        _check_behind(rates, "mortality", choices.mortality.behind, observed.years[-1])
        table, table_years = rates.values, rates["year"].values
        cohorts = _from_year(cohorts, int(table_years[0]))
        words["mortality"] = f"given, {table_years[0]} to {table_years[-1]}"
    schedule, words["fertility"] = _schedule(sources.fertility, ages, observed.years[-1], choices.fertility)
    return Nation(cohorts, table, table_years, schedule, words)


def _accounts_of_nation(observed: Accounts, sources: Sources) -> tuple[Accounts, dict[str, str]]:
    if sources.nation is None:
        summed = {name: flow.sum("area") for name, flow in observed.flows.items() if "area" in flow.dims}
        flows = xr.Dataset({name: flow.assign_attrs(observed.flows[name].attrs) for name, flow in summed.items()})
        people = observed.population.sum("area").assign_attrs(observed.population.attrs)
        return Accounts(people, flows), {"nation": f"the sum of {observed.population.sizes['area']} areas"}
    nation = sources.nation
    require_dims(nation.population, "nation", needed=("sex", "age", "year"), allowed=())
    require_labels(nation.population, "age", observed.population["age"].values, "nation")
    _check_length(nation.years, "the nation")
    return nation, {"nation": f"given, {nation.years[0]} to {nation.years[-1]}"}


def _table(series: xr.DataArray, name: str, population: xr.DataArray, inner: tuple[str, ...]) -> xr.DataArray:
    require_dims(series, name, needed=(*inner, "year"), allowed=())
    table = conform(series.reset_coords(drop=True), name)
    require_values(table, name, low=0.0, high=2.0, words="are not rates between 0 and 2")
    for dim in inner:
        table = require_labels(table, dim, population[dim].values, name)
    years = table["year"].values
    if np.any(np.diff(years) != 1):
        raise SchemaError(f"{name}: the years {years[0]} to {years[-1]} have gaps. Add the missing years.")
    return table.transpose(*inner, "year")


def _check_behind(table: xr.DataArray, name: str, most: int, origin: int) -> None:
    last = int(table["year"].values[-1])
    if last < origin - 1 - most:
        raise SchemaError(
            f"{name}: the table ends in {last}, more than {most} years before the last year that is over, "
            f"{origin - 1}. Give a newer one, or raise the parameter {name}.behind."
        )


def _schedule(fertility: xr.DataArray | None, ages: Whole, origin: int, choices: Fertility) -> tuple[Array, str]:
    """Births per woman by age, with sum 1, and where they come from."""
    if fertility is None:
        return standard_schedule(ages), "a standard schedule by age"
    surplus = [age for age in fertility["age"].values.tolist() if age not in ages] if "age" in fertility.dims else []
    if surplus:
        raise SchemaError(f"fertility: the population has no age {short_list(surplus)}. Remove it with .sel(age=...).")
    padded = fertility.reindex(age=ages, fill_value=0.0) if "age" in fertility.dims else fertility
    require_dims(padded, "fertility", needed=("age", "year"), allowed=())
    table = conform(padded.reset_coords(drop=True), "fertility").transpose("age", "year")
    require_values(table, "fertility", low=0.0, high=10.0, words="are not births per woman and year")
    _check_behind(table, "fertility", choices.behind, origin)
    mean: Array = table.values[:, -choices.schedule :].mean(axis=1)
    if mean[1:].sum() <= 0.0 or mean[0] > 0.0:
        raise SchemaError("fertility: no births at ages above 0, or births at age 0. Give births per woman by age.")
    return mean / mean.sum(), f"given, to {table['year'].values[-1]}"


def _from_year(cohorts: Cohorts, first: int) -> Cohorts:
    """Without the years before the table of mortality begins, whose deaths nobody can tell from moves."""
    skip = max(0, first - int(cohorts.years[0]))
    kept = {name: getattr(cohorts, name)[..., skip:] for name in cohorts.__slots__}
    return Cohorts(**kept)


def _check_reach(nation: Nation, years: Whole) -> None:
    first, last = nation.cohorts.years[[0, -1]] if nation.cohorts.years.size else (None, None)
    if first is None or first > years[0] or last < years[0]:
        raise SchemaError(
            f"sources: the nation's population and mortality are known together from {first} on, but the areas' "
            f"history that is read begins in {years[0]}. Give longer series, or choose later years of the areas."
        )
