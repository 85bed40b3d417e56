"""Methods by the populations they lead to: assumptions for a path, the mean of methods, one held to a total."""

from collections.abc import Sequence
from functools import partial
from numbers import Real

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up, step_of
from kompaslite.engine import project
from kompaslite.methods.contract import Method, Sources, call_method
from kompaslite.rates import SEX_RATIO_AT_BIRTH
from kompaslite.schema import (
    OUTER,
    PERSONS,
    SEXES,
    SchemaError,
    conform,
    count_unit,
    in_order,
    rate_unit,
    reject,
    require_dims,
    require_labels,
    require_values,
    short_list,
)

#: Where migration and adjustment come from that lead to a path.
_REST = "what is left of a forecast of the population"
_RATES = ("mortality", "fertility", "sex_ratio_at_birth")


def assumptions_for_path(path: xr.DataArray, rates: xr.Dataset | None = None) -> xr.Dataset:
    """Assumptions with which `project` gives this population, to rounding, in the default convention.

    Without rates nothing is said about births, deaths and moves: mortality and fertility are 0 and all change is
    ``adjustment``. With rates, births and deaths follow from them and the rest is net migration::

        D = m (S + E) / 2        N = E - S + D

    with S the start and E the end of the cohort. A net gain is the count ``in_migration``, a net loss the rate
    ``out_migration`` on the same exposure, so that no cell can fall below nobody by rounding.

    Parameters
    ----------
    path : xr.DataArray
        Persons, ``(..., sex, age, year)``, the jump-off year first, each later year one after the other.
    rates : xr.Dataset, optional
        ``mortality``, ``fertility`` and ``sex_ratio_at_birth`` for the flow years of `path`, by age reached.

    Returns
    -------
    xr.Dataset
        ``fertility``, ``sex_ratio_at_birth``, ``mortality``, and ``adjustment`` or ``in_migration`` and
        ``out_migration``.

    Raises
    ------
    SchemaError
        If the path has negative or missing persons, or fewer than two years.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.engine import project
    >>> people = xr.DataArray(
    ...     [[[5.0, 6.0], [3.0, 4.0], [2.0, 5.0]], [[5.0, 6.0], [3.0, 4.0], [2.0, 1.0]]],
    ...     coords={"sex": ["female", "male"], "age": [0, 1, 2], "year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> project(people.sel(year=2025), assumptions_for_path(people)).population.sel(sex="male", year=2026).values
    array([6., 4., 1.])
    """
    require_dims(path, "path", needed=("sex", "age", "year"))
    ordered = path.transpose(*in_order(path.dims)).reset_coords(drop=True)
    step = _checked_step(ordered)
    years = ordered["year"].values[:-1]
    end = ordered.isel(year=slice(1, None)).assign_coords(year=years)
    if rates is None:
        return xr.Dataset({**_nobody(ordered, years, step), "adjustment": _changes(ordered, end, step)})
    start = age_up(ordered.isel(year=slice(None, -1)))
    start = start + step * _births(rates, start, end)
    exposed = (start + end) / 2.0
    net = (end - start + rates["mortality"] * exposed).transpose(*end.dims)
    lost = (-net / exposed.where(exposed > 0.0, 1.0)).clip(min=0.0).transpose(*end.dims)
    return rates[["fertility", "sex_ratio_at_birth", "mortality"]].assign(
        in_migration=net.clip(min=0.0).assign_attrs(units=count_unit(step), source=_REST),
        out_migration=lost.assign_attrs(units=rate_unit(step), source=_REST),
    )


def average_methods(methods: Sequence[Method], *, weights: Sequence[float] | None = None) -> Method:
    """The weighted mean of the populations that several methods forecast.

    Births and deaths follow from the weighted mean of the rates of those methods that have any; the rest is net
    migration, see `assumptions_for_path`.

    Parameters
    ----------
    methods : sequence of Method
        At least one.
    weights : sequence of float, optional
        One for each method, at least 0, with a sum of 1; all alike unless given.

    Returns
    -------
    Method

    Raises
    ------
    SchemaError
        If there is no method, or the weights do not fit.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import forecast_by, linear_trend, no_change
    >>> mean = average_methods([no_change, linear_trend(5)], weights=[0.5, 0.5])
    >>> coming = forecast_by(mean, made_up(1, years=range(2018, 2027)), [2026, 2027]).population
    >>> coming.sum(["sex", "age"]).values.round().tolist()
    [[3066.0, 3071.0, 3076.0]]
    """
    if not isinstance(methods, Sequence) or isinstance(methods, str) or not all(map(callable, methods)):
        raise SchemaError("average_methods: methods are a list of functions, [first, second].")
    if (weights is not None and not isinstance(weights, Sequence | np.ndarray)) or isinstance(weights, str):
        raise SchemaError("average_methods: weights are numbers in the order of the methods, for example [0.7, 0.3].")
    shares = [1.0 / len(methods) for _ in methods] if weights is None else list(weights)
    if not methods or len(shares) != len(methods):
        raise SchemaError(f"average_methods: {len(methods)} methods, but {len(shares)} weights. Give one for each.")
    numbers = all(isinstance(share, Real) and not isinstance(share, bool) for share in shares)
    if not numbers or not min(shares) >= 0.0 or not abs(sum(shares) - 1.0) <= 1e-9:
        raise SchemaError(
            f"average_methods: weights are numbers of at least 0 that sum to 1; they are {short_list(shares)}."
        )
    return partial(_averaged, methods=tuple(methods), weights=tuple(shares))


def scale_to_total(structure: Method, total: Method | xr.DataArray) -> Method:
    """Sexes and ages of one method, scaled to the total of another method or of a table.

    Births and deaths follow from the rates of `structure`; the rest is net migration, see `assumptions_for_path`.

    Parameters
    ----------
    structure : Method
        Whose sexes and ages are taken.
    total : Method or xr.DataArray
        Whose total is taken, or persons on 1 January, ``(..., area, year)``; with ``origin`` a table for each origin.

    Returns
    -------
    Method

    Raises
    ------
    SchemaError
        If `total` is neither; when called, if the table lacks areas or years, or has sexes, ages or draws.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import forecast_by, half_trend, plain_cohort_component
    >>> held = scale_to_total(plain_cohort_component, half_trend(5))
    >>> coming = forecast_by(held, made_up(1, years=range(2018, 2027)), [2026, 2027]).population
    >>> coming.sum(["sex", "age"]).values.round().tolist()
    [[3066.0, 3071.0, 3076.0]]
    """
    if not callable(total) and not isinstance(total, xr.DataArray):
        raise SchemaError(
            f"total: a method or a labelled array (xarray.DataArray) is needed, not {type(total).__name__}."
        )
    return partial(_scaled_to, structure=structure, total=total)


def _averaged(
    observed: Accounts,
    years: Sequence[int],
    *,
    methods: tuple[Method, ...],
    weights: tuple[float, ...],
    sources: Sources | None = None,
) -> xr.Dataset:
    made = [call_method(method, observed, years, sources=sources) for method in methods]
    last = observed.population.sel(year=observed.years[-1])
    paths = [project(last, one).population for one in made]
    _require_alike(paths)
    mean = _weighted(paths, weights).assign_attrs(units=PERSONS)
    return assumptions_for_path(mean, _mean_rates(made, weights))


def _require_alike(parts: Sequence[xr.DataArray]) -> None:
    """Raise unless those parts that have scenarios, draws or origins have the same ones: none is dropped."""
    for dim in OUTER:
        having = [part for part in parts if dim in part.dims]
        for part in having[1:]:
            require_labels(part, dim, having[0][dim].values, "methods", against="another of them")


def _weighted(parts: Sequence[xr.DataArray], weights: Sequence[float]) -> xr.DataArray:
    total = parts[0] * weights[0]
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        total = total + part * weight
    return total


def _mean_rates(made: Sequence[xr.Dataset], weights: Sequence[float]) -> xr.Dataset | None:
    """Mean rates of the methods that say something about births and deaths."""
    pairs = [(one, weight) for one, weight in zip(made, weights, strict=True) if weight > 0.0 and _has_rates(one)]
    if not pairs:
        return None
    whole = sum(weight for _, weight in pairs)
    means = {}
    for name in _RATES:
        mean = _weighted([one[name] for one, _ in pairs], [weight / whole for _, weight in pairs])
        means[name] = mean.assign_attrs(pairs[0][0][name].attrs)
    return xr.Dataset(means)


def _has_rates(assumptions: xr.Dataset) -> bool:
    return bool((assumptions["mortality"] > 0.0).any())


def _scaled_to(
    observed: Accounts,
    years: Sequence[int],
    *,
    structure: Method,
    total: Method | xr.DataArray,
    sources: Sources | None = None,
) -> xr.Dataset:
    assumptions = call_method(structure, observed, years, sources=sources, name="structure")
    last = observed.population.sel(year=observed.years[-1])
    path = project(last, assumptions).population
    if isinstance(total, xr.DataArray):
        wanted = _from_table(total, observed, years)
    else:
        held_to = call_method(total, observed, years, sources=sources, name="total")
        wanted = project(last, held_to).population.sum(["sex", "age"])
        _require_alike([path, wanted])
    have = path.sum(["sex", "age"])
    _require_people(have, wanted)
    factor = (wanted / have.where(have > 0.0, 1.0)).where(have["year"] != years[0], 1.0)
    scaled = (path * factor).transpose(*path.dims).assign_attrs(units=PERSONS)
    return assumptions_for_path(scaled, assumptions[list(_RATES)] if _has_rates(assumptions) else None)


def _require_people(have: xr.DataArray, wanted: xr.DataArray) -> None:
    """Raise if nobody would have to become somebody."""
    nobody = (have <= 0.0) & (wanted > 0.0)
    words = "structure: {bad} totals are of nobody, so they have no ages to scale; the first is at {cell}."
    reject(nobody, None, words, "Leave the area out.")


def _from_table(table: xr.DataArray, observed: Accounts, years: Sequence[int]) -> xr.DataArray:
    bounds, areas = [*years, years[-1] + observed.step], [dim for dim in observed.population.dims if dim == "area"]
    require_dims(table, "total", needed=[*areas, "year"], allowed=[*areas, "origin", "year"])
    table = conform(table.reset_coords(drop=True), "total")
    if "origin" in table.dims:
        if years[0] not in table["origin"].values:
            raise SchemaError(
                f"total: there is no forecast from {years[0]}; the origins are "
                f"{short_list(table['origin'].values.tolist(), most=20)}. Choose one of these."
            )
        table = table.sel(origin=years[0], drop=True)
    missing = [year for year in bounds[1:] if year not in table["year"].values]
    if missing:
        raise SchemaError(f"total: {len(missing)} years are missing: {short_list(missing)}. Ask for fewer years.")
    if areas:
        table = require_labels(table, "area", observed.population["area"].values, "total")
    chosen = table.reindex(year=bounds)
    require_values(chosen.isel(year=slice(1, None)), "total", low=0.0, words="are not counts of at least 0")
    return chosen


def _checked_step(path: xr.DataArray) -> int:
    """Years in a step of the path, whose values are checked too."""
    step = step_of(path.isel(year=0, drop=True))
    if path.sizes["year"] < 2 or np.any(np.diff(path["year"].values) != step):
        raise SchemaError("path: at least two years are needed, one after the other, the jump-off year first.")
    require_values(
        path,
        "path",
        low=0.0,
        words="are not counts of at least 0",
        mend="The method takes away more people than there are: damp its trend, or use it for fewer years.",
    )
    return step


def _changes(path: xr.DataArray, end: xr.DataArray, step: int) -> xr.DataArray:
    """What each cohort gains, from where the steps before have put it, so that no rounding leaves fewer than nobody."""
    now, changes = path.isel(year=0, drop=True), []
    for year in end["year"].values:
        start = age_up(now)
        changes.append(end.sel(year=year, drop=True) - start)
        now = start + changes[-1]
    whole = xr.concat(changes, dim=xr.Variable("year", end["year"].values))
    return whole.transpose(*end.dims).assign_attrs(units=count_unit(step), source=_REST)


def _nobody(path: xr.DataArray, years: np.ndarray, step: int) -> dict[str, xr.DataArray]:
    """Rates that say nothing: nobody is born, nobody dies."""
    ages, sexes = path["age"].values, path["sex"].values
    none = xr.DataArray(np.zeros((len(ages), len(years))), coords={"age": ages, "year": years})
    attrs = {"units": rate_unit(step), "source": "none: all change is adjustment"}
    return {
        "fertility": none.assign_attrs(attrs | {"units": rate_unit()}),
        "sex_ratio_at_birth": xr.DataArray(SEX_RATIO_AT_BIRTH, attrs={"units": "1", "source": "default"}),
        "mortality": none.expand_dims(sex=sexes).assign_attrs(attrs),
    }


def _births(rates: xr.Dataset, start: xr.DataArray, end: xr.DataArray) -> xr.DataArray:
    """Births of a year by sex at age 0, from the mean of each cohort's women at the start and the end of the year."""
    women = ((start + end) / 2.0).sel(sex=SEXES[0], drop=True)
    mothers = women.where(women["age"] > women["age"][0], 0.0)
    born = (mothers * rates["fertility"]).sum("age")
    girls = 1.0 / (1.0 + rates["sex_ratio_at_birth"])
    children = xr.concat([born * girls, born * (1.0 - girls)], dim=xr.Variable("sex", list(SEXES)))
    return children.expand_dims(age=start["age"].values[:1]).reindex(age=start["age"].values, fill_value=0.0)
