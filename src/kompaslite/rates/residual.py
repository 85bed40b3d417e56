"""Accounts from populations alone, or from populations and totals: what is not known is read off the cohorts.

With S the start of a cohort and E its end, deaths are D = level x rate x (S + E - adjustment) / 2, births those who
reach the next 1 January and the infants who do not, and net migration is the residual N = E - S + D - adjustment.
"""

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up, newborns
from kompaslite.rates.complete import Extrapolation, over_years
from kompaslite.rates.exposure import PER_1000, cohort_end, cohort_start
from kompaslite.rates.migration import ARRIVALS, LEAVERS, split_moves
from kompaslite.rates.parametric import rogers_castro
from kompaslite.rates.vital import SEX_RATIO_AT_BIRTH
from kompaslite.schema import (
    SEXES,
    SIGNS,
    SchemaError,
    conform,
    count_unit,
    in_order,
    reject,
    require_dims,
    require_labels,
    require_values,
    short_list,
)

_ARRIVALS, _LEAVERS = (tuple(dict.fromkeys(names.values())) for names in (ARRIVALS, LEAVERS))
_GROSS = (*_ARRIVALS, *_LEAVERS)
_MOVES = (*_GROSS, "net_migration")
#: The standard schedule is level at old ages, registers are not: of Telemark's 80-89 year olds 6.7 in 1,000 left their
#: municipality in a year of 2022-2025, of those of 90 and over 2.7. From this age on moves fall by so much a year.
_OLD, _FALL = 78, 0.11
#: From this age on cohorts lose their people by deaths: registers have 7 movers in 1,000, and 60 to 300 who die.
OLD_AGE = 80
#: Highest death rate that a cohort may show there; at 2 nobody would be left.
_HIGHEST = 1.99


def residual_accounts(
    observed: Accounts | xr.DataArray,
    *,
    mortality: xr.DataArray,
    fertility: xr.DataArray,
    level: xr.DataArray | float = 1.0,
    movers: xr.Dataset | None = None,
    extrapolate: Extrapolation | None = None,
    old_age: int | None = OLD_AGE,
) -> Accounts:
    """Accounts that balance in every cell, from populations by sex and age and whatever totals are known.

    Parameters
    ----------
    observed : Accounts or xr.DataArray
        Population on 1 January, persons, ``(..., sex, age, year)``, single years of age from 0. In Accounts,
        any of these components too, as totals or by sex or by sex and age: births, deaths; and as totals either
        ``net_migration`` or both arrivals (in_migration, immigration) and leavers (out_migration, emigration).
    mortality : xr.DataArray
        Deaths per person-year by age reached (see `cohort_rates`), ``(sex, age)`` and any of ``area, year``.
    fertility : xr.DataArray
        Births per woman and year, ``(age,)`` and any of ``area, year``: which mothers the births belong to.
    level : xr.DataArray or float
        Local level of mortality, ``(...)`` of outer dimensions and ``year``; not used where deaths are known.
    movers : xr.Dataset, optional
        Relative propensity to move by age, ``(age,)`` or ``(sex, age)``, a variable for each of in_migration,
        immigration, out_migration and emigration that is known as a total. Default: `rogers_castro`.
    extrapolate : {"hold", "trend", "damped"}, optional
        How tables of rates that end before the last flow year go on; None: an error.
    old_age : int, optional
        Where deaths are known as totals: what cohorts lose from this age on is deaths, but for the moves that the curve
        gives. So few move there that all the rest is chance in deaths. None: deaths follow the life table at all ages.

    Returns
    -------
    Accounts
        The same population, with births by sex and mother's age, deaths, moves, and the adjustment where moves are
        known; totals that are known are kept. ``flows.attrs["method"]`` says how each was found.

    Raises
    ------
    SchemaError
        If years are not consecutive, ages do not start at 0, rates lack a label, or totals of moves are one-sided.

    Notes
    -----
    Where births are not known, nobody migrates at age 0: births are the population at age 0 on the next 1 January and
    the infants who died. Where moves are known, what the totals do not explain of growth is the adjustment, spread
    over the cells like the population. Gross moves by age are those closest to the curve `movers` that agree with the
    totals and with net migration by age (`gross_flows`); in places too small for that, net migration by age
    is drawn towards the curve and the rest of the cell is adjustment, whose sum does not change;
    ``flows.attrs["carried"]`` has the smallest share carried.

    Examples
    --------
    >>> import xarray as xr
    >>> labels = {"sex": ["female", "male"], "age": [0, 1, 2]}
    >>> people = xr.DataArray(
    ...     [[[9.0, 9.0], [8.0, 10.0], [30.0, 35.0]], [[9.0, 10.0], [8.0, 8.0], [30.0, 40.0]]],
    ...     coords=labels | {"year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> m = xr.DataArray([[0.0, 0.0, 0.1], [0.0, 0.0, 0.1]], coords=labels)
    >>> accounts = residual_accounts(people, mortality=m, fertility=xr.DataArray([1.0], coords={"age": [1]}))
    >>> accounts.flows.net_migration.sel(sex="female", year=2025).values
    array([0.  , 1.  , 0.65])
    """
    given = observed if isinstance(observed, Accounts) else Accounts(observed)
    known = _known(given)
    years = np.array(given.years[:-1])
    end = given.population.isel(year=slice(1, None)).assign_coords(year=years).drop_attrs()
    start = age_up(given.population.isel(year=slice(None, -1))).drop_attrs()
    rates = _placed(mortality, end, "mortality", extrapolate)
    shape = _placed(_on_all_ages(fertility, end), end.isel(sex=0, drop=True), "fertility", extrapolate)
    born = _born(known.get("births"), end, rates * level)
    spread = _adjustment(known, _with_newborns(start, born), end)
    deaths = _deaths(known.get("deaths"), rates * level, 0.5 * (_with_newborns(start, born) + end - spread))
    if "births" not in known:
        born = (end + deaths).sel(age=0, drop=True)
    start = _with_newborns(start, born)
    totals = {name: known[name] for name in known if name in _GROSS}
    curves = {name: _curve(movers, name, end) for name in totals}
    usual = {
        name: _by_curve(total, curves[name] * (end if name in ARRIVALS else start)) for name, total in totals.items()
    }
    if old_age is not None and "deaths" in known and "age" not in known["deaths"].dims:
        lost = start - end + spread + sum(SIGNS[name] * part for name, part in usual.items())
        most = 0.5 * _HIGHEST * (start + end - spread)
        deaths = _as_cohorts_die(deaths, known["deaths"], lost, most=most, old_age=old_age)
    net = end - start + deaths - spread
    if "births" not in known:
        net = net.where(net["age"] > 0, 0.0)
    found = {"births": _by_mother(known.get("births"), born, shape, 0.5 * (start + end)), "deaths": deaths}
    moves, carried = (
        split_moves(totals, net, curves=curves, by_curve=usual) if totals else ({"net_migration": net}, 1.0)
    )
    found |= moves
    if set(known) & set(_MOVES):
        found["adjustment"] = end - start + deaths - sum(SIGNS[name] * part for name, part in moves.items())
    attrs = {"method": _words(known)} | ({"carried": carried} if totals else {})
    return Accounts(given.population, xr.Dataset({name: _finished(part) for name, part in found.items()}, attrs=attrs))


def mortality_level(
    population: xr.DataArray, mortality: xr.DataArray, *, min_age: int = 80, strength: float = 200.0
) -> xr.DataArray:
    """Local level of mortality from populations alone: how much faster or slower the old become fewer than expected."""
    observed = Accounts(population)
    years = observed.population["year"].values[:-1]
    ages = observed.population["age"].values
    if years.size < 1 or observed.step != 1 or not 0 < min_age <= ages[-1] or strength < 0.0:
        raise SchemaError(
            f"mortality_level: at least two consecutive years are needed, min_age {min_age} among the ages 1 to "
            f"{ages[-1]}, and strength {strength:g} at least 0."
        )
    require_values(mortality, "mortality", low=0.0, high=2.0, words="are not rates between 0 and 2")
    rates = over_years(require_labels(mortality, "age", ages, "mortality"), years, name="mortality")
    old = ages[ages >= min_age]
    start, end = (part.sel(age=old) for part in (cohort_start(observed, years), cohort_end(observed, years)))
    over = ["sex", "age", "year"]
    lost = (start - end).sum(over)
    expected = (0.5 * (start + end) * rates.sel(age=old)).sum(over)
    level = (lost + strength) / (expected + strength)
    return level.assign_coords(weight=expected / (expected + strength)).rename("level").assign_attrs(units="1")


def _known(given: Accounts) -> dict[str, xr.DataArray]:
    """Components that are known, after checking that they and the population can be used here."""
    ages, bounds = given.population["age"].values, given.population["year"].values
    if ages[0] != 0 or given.step != 1 or bounds.size < 2:
        raise SchemaError(
            f"residual_accounts: at least two 1 January populations of consecutive years, in single years of age from "
            f"0, are needed; these have {bounds.size} years, ages from {ages[0]} and steps of {given.step}."
        )
    known = {str(name): flow for name, flow in given.flows.data_vars.items()}
    unknown = [name for name in known if name not in (*_MOVES, "births", "deaths")]
    if unknown:
        raise SchemaError(f"residual_accounts: {short_list(unknown)} cannot be used here. Leave it out; it is derived.")
    for name, flow in known.items():
        require_labels(flow, "year", bounds[:-1], name)
        if name in _MOVES and ("age" in flow.dims or "sex" in flow.dims):
            raise SchemaError(
                f"{name}: it is known by sex or age. Only totals of moves are split here; where moves by sex and age "
                "are known, add them to the accounts as they are."
            )
    gross = [sum(name in known for name in side) for side in (_ARRIVALS, _LEAVERS)]
    if (gross[0] > 0) != (gross[1] > 0) or ("net_migration" in known and any(gross)):
        raise SchemaError(
            "residual_accounts: totals of moves are needed of arrivals and of leavers, or of net migration alone; "
            f"there are {short_list([name for name in known if name in _MOVES])}."
        )
    return known


def _placed(table: xr.DataArray, like: xr.DataArray, name: str, extrapolate: Extrapolation | None) -> xr.DataArray:
    require_dims(table, name, needed=tuple(str(dim) for dim in like.dims if dim in ("sex", "age")))
    table = conform(table, name)
    require_values(table, name, low=0.0, high=2.0, words="are not rates between 0 and 2", mend=PER_1000)
    for dim in table.dims:
        if dim not in like.dims:
            raise SchemaError(f"{name}: the population has no dimension {dim}. Select one label of it.")
        table = table if dim == "year" else require_labels(table, dim, like[dim].values, name)
    return over_years(table, like["year"].values, name=name, extrapolate=extrapolate).drop_attrs()


def _on_all_ages(fertility: xr.DataArray, like: xr.DataArray) -> xr.DataArray:
    require_dims(fertility, "fertility", needed=("age",))
    ages = like["age"].values
    surplus = [age for age in fertility["age"].values.tolist() if age not in ages]
    if surplus:
        raise SchemaError(f"fertility: the population has no age {short_list(surplus)}. Remove it with .sel(age=...).")
    return fertility.reindex(age=ages, fill_value=0.0)


def _born(births: xr.DataArray | None, end: xr.DataArray, rates: xr.DataArray) -> xr.DataArray:
    """Births by sex of the child: as known, or read from age 0 on the next 1 January."""
    survivors, infants = end.sel(age=0, drop=True), rates.sel(age=0, drop=True)
    read = survivors * (1.0 + infants / (1.0 - 0.5 * infants))
    if births is None:
        return read
    total = newborns(births)
    if "sex" in total.dims:
        return total.drop_attrs()
    usual = xr.DataArray([1.0, SEX_RATIO_AT_BIRTH], coords={"sex": list(SEXES)}) / (1.0 + SEX_RATIO_AT_BIRTH)
    together = read.sum("sex")
    share = (read / together.where(together > 0.0, 1.0)).where(together > 0.0, usual)
    return (total * share).transpose(*survivors.dims).drop_attrs()


def _with_newborns(start: xr.DataArray, born: xr.DataArray) -> xr.DataArray:
    return start + born.expand_dims(age=[0]).reindex(age=start["age"].values, fill_value=0.0)


def _by_mother(
    births: xr.DataArray | None, born: xr.DataArray, shape: xr.DataArray, people: xr.DataArray
) -> xr.DataArray:
    if births is not None and "age" in births.dims:
        if "sex" in births.dims:
            return births
        weights = births
    else:
        weights = people.sel(sex="female", drop=True) * shape
        weights = weights.where(weights["age"] > 0, 0.0)
    return born * _shares(weights, ["age"], born.sum("sex"), "births")


def _adjustment(known: dict[str, xr.DataArray], start: xr.DataArray, end: xr.DataArray) -> xr.DataArray | float:
    """What growth has beyond the components that are known, spread like the population."""
    if not set(known) & set(_MOVES):
        return 0.0
    missing = [name for name in ("births", "deaths") if name not in known]
    if missing:
        raise SchemaError(
            f"residual_accounts: moves are known but {' and '.join(missing)} are not, so the rest of growth has no "
            "name. Add the totals."
        )
    inside = start.sum(["sex", "age"]) - known["deaths"].sum([d for d in ("sex", "age") if d in known["deaths"].dims])
    moved = sum(SIGNS[name] * flow for name, flow in known.items() if name in _MOVES)
    rest = end.sum(["sex", "age"]) - inside - moved
    people = start + end
    return people * (rest / people.sum(["sex", "age"]))


def _deaths(deaths: xr.DataArray | None, rates: xr.DataArray, exposed: xr.DataArray) -> xr.DataArray:
    expected = rates * exposed
    if deaths is None:
        return expected
    over = [dim for dim in ("sex", "age") if dim not in deaths.dims]
    return deaths * _shares(expected, over, deaths, "deaths") if over else deaths


def _as_cohorts_die(
    deaths: xr.DataArray, total: xr.DataArray, lost: xr.DataArray, *, most: xr.DataArray, old_age: int
) -> xr.DataArray:
    """Deaths of the old as their cohorts became fewer, and what is left of the total at the ages below."""
    old = deaths["age"] >= old_age
    lost = lost.where(lost < most, most)  # no cohort of which some are left dies out
    over = [dim for dim in ("sex", "age") if dim not in total.dims]
    seen = lost.where(old, 0.0).clip(min=0.0)
    whole = seen.sum(over)
    seen = seen * (total / whole.where(whole > 0.0, 1.0)).clip(max=1.0)
    young = deaths.where(~old, 0.0)
    expected = young.sum(over)
    changed = seen + young * ((total - seen.sum(over)).clip(min=0.0) / expected.where(expected > 0.0, 1.0))
    return changed.where(expected > 0.0, deaths).transpose(*deaths.dims)


def _curve(movers: xr.Dataset | None, name: str, like: xr.DataArray) -> xr.DataArray:
    ages = like["age"].values
    if movers is None:
        return rogers_castro(ages) * np.exp(-_FALL * (like["age"] - _OLD).clip(min=0))
    if name not in movers:
        raise SchemaError(f"movers: there is no propensity to move for {name}, whose total is known. Add the variable.")
    curve = movers[name]
    require_dims(curve, name, needed=("age",), allowed=("sex", "age"))
    require_values(curve, name, low=1e-12, words="are not above 0", mend="Everybody can move; give a small number.")
    curve = require_labels(curve, "age", ages, name)
    return require_labels(curve, "sex", SEXES, name) if "sex" in curve.dims else curve


def _by_curve(total: xr.DataArray, weights: xr.DataArray) -> xr.DataArray:
    """A total of moves by sex and age as the mobility curve alone gives them."""
    whole = weights.sum(["sex", "age"])
    return (weights * (total / whole.where(whole > 0.0, 1.0))).transpose(*in_order(weights.dims))


def _shares(weights: xr.DataArray, over: list[str], total: xr.DataArray, name: str) -> xr.DataArray:
    whole = weights.sum(over)
    impossible = (whole <= 0.0) & (total > 0.0)
    words = f"{name}: {{bad}} totals cannot be split, because nobody is exposed to them; the first is at {{cell}}."
    reject(impossible, None, words, "Check the total, or the schedule.")
    return weights / whole.where(whole > 0.0, 1.0)


def _finished(part: xr.DataArray) -> xr.DataArray:
    return part.transpose(*in_order(part.dims)).drop_attrs().assign_attrs(units=count_unit())


def _words(known: dict[str, xr.DataArray]) -> str:
    births = "as known" if "births" in known else "population at age 0 on the next 1 January and the infants who died"
    deaths = "total as known" if "deaths" in known else "life table times local level"
    if set(known) & set(_GROSS):
        moves = "gross totals as known, by age closest to a mobility curve; adjustment: rest of each cell"
    elif "net_migration" in known:
        moves = "residual by age, total as known; adjustment: rest of growth, spread like the population"
    else:
        moves = "residual by age"
    return f"births: {births}; deaths: {deaths}; migration: {moves}"
