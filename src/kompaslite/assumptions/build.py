"""Fitted components placed over the years of a forecast, with every contract checked, and where each comes from."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from kompaslite.assumptions.targets import Target, towards_life_expectancy, towards_tfr, towards_totals
from kompaslite.rates import SEX_RATIO_AT_BIRTH, over_years
from kompaslite.rates.complete import Extrapolation
from kompaslite.rates.exposure import age_width
from kompaslite.schema import (
    ASSUMPTIONS,
    DIMS,
    SchemaError,
    conform,
    count_unit,
    in_order,
    rate_unit,
    require_dataset,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    short_list,
)

Extrapolations = Extrapolation | Mapping[str, Extrapolation] | None


def assume(
    *,
    fertility: xr.DataArray,
    mortality: xr.DataArray,
    years: Sequence[int],
    migration: xr.Dataset | xr.DataArray | None = None,
    tfr: Mapping[int, Target] | None = None,
    life_expectancy: Mapping[int, Target] | None = None,
    migration_totals: Mapping[str, Mapping[int, Target]] | None = None,
    extrapolate: Extrapolations = None,
) -> xr.Dataset:
    """Assumptions for given years, from one component each of fertility, mortality and migration.

    Parameters
    ----------
    fertility : xr.DataArray
        Births per woman and year by age reached, ``(..., age[, year])``; only the fertile ages need be there. Its
        coordinate ``sex_ratio_at_birth`` (boys per girl) is used where it has one, else 1.055.
    mortality : xr.DataArray
        Deaths per person-year by age reached, ``(..., sex, age[, year])``. Its ages are those of the forecast.
    years : sequence of int
        Flow years of the forecast, ascending: the jump-off year first. They are as far apart as the ages of
        `mortality` are wide: single years, or for example every fifth year, with counts and all rates but those of
        fertility per five years.
    migration : xr.Dataset or xr.DataArray, optional
        Any of ``in_migration``, ``immigration``, ``net_migration``, ``adjustment`` (persons per year),
        ``out_migration``, ``emigration``, ``moves`` (per person-year) and ``birth_allotment``; a DataArray by its
        name. None: nobody moves.
    tfr : mapping of year to number or DataArray, optional
        Total fertility rate at dates, ``{2026: 1.44, 2040: 1.6}``: linear between the dates and level after the last.
        Before the first date it goes linearly from the level that `fertility` has in the first year.
        A DataArray may differ by any outer dimension. The shape by age stays.
    life_expectancy : mapping of year to number, mapping or DataArray, optional
        Life expectancy at birth in years, at dates as for `tfr`: ``{2050: {"female": 88.0, "male": 86.0}}``, or one
        number for the mean of the sexes. All rates of a sex are scaled by one factor.
    migration_totals : mapping of name to mapping, optional
        Persons per year of a component that is a count, at dates as for `tfr`:
        ``{"immigration": {2030: 900}}``. For ``net_migration`` gains are scaled up and losses down by one factor.
    extrapolate : {"hold", "trend", "damped"} or mapping of name to one of these, optional
        How a table that ends before the last year goes on: as in its last year, by its mean annual change, or by
        that change damped by a tenth each year. None: a table that ends early is an error. A table without
        ``year`` is constant.

    Returns
    -------
    xr.Dataset
        Every variable with ``year``; ages of `mortality`, fertility zero outside the fertile ages; ``attrs["units"]``
        on each. ``attrs["sources"]`` says where each component comes from.

    Raises
    ------
    SchemaError
        If a label is missing or surplus, a unit or value breaks its contract, or a table ends early.

    Examples
    --------
    >>> import xarray as xr
    >>> per_year = {"units": "1/year"}
    >>> f = xr.DataArray([0.9], coords={"age": [1]}, attrs=per_year)
    >>> m = xr.DataArray(
    ...     [[0.1, 0.1, 0.3], [0.1, 0.1, 0.3]],
    ...     coords={"sex": ["female", "male"], "age": [0, 1, 2]},
    ...     attrs=per_year,
    ... )
    >>> assumed = assume(fertility=f, mortality=m, years=range(2026, 2030), tfr={2026: 0.9, 2028: 1.1})
    >>> assumed.fertility.sel(age=1).values
    array([0.9, 1. , 1.1, 1.1])
    """
    axis = _checked_years(years)
    parts = {"fertility": fertility, "mortality": mortality, **_components(migration)}
    ratio = fertility.coords.get("sex_ratio_at_birth") if isinstance(fertility, xr.DataArray) else None
    parts["sex_ratio_at_birth"] = (
        _default_ratio() if ratio is None else ratio.assign_attrs({"units": "1"} | ratio.attrs)
    )
    rules = _rules(extrapolate, parts)
    ready = {name: _conformed(part, name) for name, part in parts.items()}
    ages, step = ready["mortality"]["age"].values, _step(axis, ready["mortality"])
    ready["fertility"] = _padded(ready["fertility"], ages)
    placed = {
        name: over_years(_checked(part, name, ages, step), axis, name=name, extrapolate=rules.get(name))
        for name, part in ready.items()
    }
    if tfr is not None:
        placed["fertility"] = towards_tfr(placed["fertility"], tfr)
    if life_expectancy is not None:
        placed["mortality"] = towards_life_expectancy(placed["mortality"], life_expectancy)
    for name, dated in _dated_totals(migration_totals).items():
        placed[name] = towards_totals(_one_of(placed, name), dated)
    for name, part in placed.items():
        _check_values(part, name)
    return _dataset(placed)


def _checked_years(years: Sequence[int]) -> np.ndarray:
    axis = np.asarray(list(years) if isinstance(years, Iterable) else [])
    if axis.size == 0 or axis.dtype.kind not in "iu":
        raise SchemaError("years: whole numbers are needed, for example years=range(2026, 2051).")
    gaps = np.diff(axis)
    if np.any(gaps < 1) or np.any(gaps != gaps[:1]):
        raise SchemaError(f"years: they must ascend in even steps; they are {short_list(axis.tolist(), most=9)}.")
    return axis


def _step(axis: np.ndarray, mortality: xr.DataArray) -> int:
    """Years in a step of the forecast: the width of its ages, which the years must have too."""
    step = age_width(mortality, "mortality")
    if axis.size > 1 and axis[1] - axis[0] != step:
        raise SchemaError(
            f"years: they are {axis[1] - axis[0]} years apart, but the ages of mortality are {step} years wide. Give "
            f"years {step} apart, or rates by ages of the other width."
        )
    return step


def _components(migration: xr.Dataset | xr.DataArray | None) -> dict[str, xr.DataArray]:
    if migration is None:
        return {}
    if isinstance(migration, xr.DataArray):
        migration = migration.to_dataset(name=migration.name or "net_migration")
    require_dataset(migration, "migration")
    others = [name for name in ASSUMPTIONS if name not in ("fertility", "mortality", "sex_ratio_at_birth")]
    unknown = [str(name) for name in migration.data_vars if name not in others]
    if unknown:
        raise SchemaError(
            f"migration: unknown component {short_list(unknown)}; the components are {short_list(others, most=12)}. "
            "Rename it with .rename(...), or leave it out."
        )
    return {str(name): part for name, part in migration.data_vars.items()}


def _default_ratio() -> xr.DataArray:
    return xr.DataArray(SEX_RATIO_AT_BIRTH, attrs={"units": "1", "source": "default"})


def _rules(extrapolate: Extrapolations, parts: Mapping[str, xr.DataArray]) -> Mapping[str, Extrapolation]:
    if extrapolate is None:
        return {}
    if not isinstance(extrapolate, Mapping):
        return dict.fromkeys(parts, extrapolate)
    unknown = [name for name in extrapolate if name not in parts]
    if unknown:
        raise SchemaError(
            f"extrapolate: unknown component {short_list(unknown)}; the components here are "
            f"{short_list(list(parts), most=12)}."
        )
    return extrapolate


def _conformed(part: xr.DataArray, name: str) -> xr.DataArray:
    if not isinstance(part, xr.DataArray):
        raise SchemaError(f"{name}: a labelled array (xarray.DataArray) is needed, not {type(part).__name__}.")
    extra = {"moves": ("destination",), "birth_allotment": ("destination",)}.get(name, ())
    needed = {"fertility": ("age",), "sex_ratio_at_birth": (), "birth_allotment": ("area", *extra)}
    require_dims(part, name, needed=needed.get(name, ("sex", "age", *extra)), allowed=(*DIMS, *extra))
    if name == "fertility" and "sex" in part.dims:
        raise SchemaError(
            "fertility: it has a dimension sex, but mothers are of one. Select it with .sel(sex='female')."
        )
    kept = part.reset_coords(drop=True)
    return conform(kept, name)


def _padded(fertility: xr.DataArray, ages: np.ndarray) -> xr.DataArray:
    surplus = [age for age in fertility["age"].values.tolist() if age not in ages]
    if surplus:
        raise SchemaError(
            f"fertility: {len(surplus)} labels of dimension age are surplus, mortality does not have them: "
            f"{short_list(surplus)}. Remove them with .sel(age=...)."
        )
    _check_values(fertility, "fertility")
    return fertility.reindex(age=ages, fill_value=0.0).assign_attrs(fertility.attrs)


def _checked(part: xr.DataArray, name: str, ages: np.ndarray, step: int) -> xr.DataArray:
    require_unit(part, name, _unit(name, step))
    _check_values(part, name)
    return require_labels(part, "age", ages, name, against="mortality") if "age" in part.dims else part


def _unit(name: str, step: int) -> str:
    kinds = {"rate": rate_unit(1 if name == "fertility" else step), "count": count_unit(step)}
    return kinds.get(ASSUMPTIONS[name].kind, "1")


def _check_values(part: xr.DataArray, name: str) -> None:
    variable = ASSUMPTIONS[name]
    require_values(part, name, low=variable.low, high=variable.high, words=variable.words, mend=variable.mend)


def _one_of(placed: Mapping[str, xr.DataArray], name: str) -> xr.DataArray:
    counts = [key for key in placed if ASSUMPTIONS[key].kind == "count"]
    if name not in counts:
        raise SchemaError(
            f"migration_totals: {name} is not a count among the components, which has {short_list(counts) or 'none'}. "
            "The total of a rate depends on the people who are there; scale the rate instead."
        )
    return placed[name]


def _dated_totals(totals: Mapping[str, Mapping[int, Target]] | None) -> Mapping[str, Mapping[int, Target]]:
    if totals is not None and not isinstance(totals, Mapping):
        raise SchemaError(
            f"migration_totals: a mapping of component to dates is needed, not {type(totals).__name__}. "
            'Give for example {"immigration": {2030: 900}}.'
        )
    return totals or {}


def _dataset(placed: Mapping[str, xr.DataArray]) -> xr.Dataset:
    for dim in ("scenario", "draw", "origin", "area", "destination", "sex"):
        carriers = [name for name, part in placed.items() if dim in part.dims]
        for name in carriers[1:]:
            require_labels(placed[name], dim, placed[carriers[0]][dim].values, name, against=carriers[0])
    sources = "; ".join(f"{name}: {part.attrs.get('source', 'given')}" for name, part in placed.items())
    ordered = {name: part.transpose(*in_order(part.dims)) for name, part in placed.items()}
    return xr.Dataset(ordered, attrs={"sources": sources})


def component_sources(assumptions: xr.Dataset) -> dict[str, str]:
    """Where each component of the assumptions comes from.

    Parameters
    ----------
    assumptions : xr.Dataset
        As from `assume`.

    Returns
    -------
    dict of str to str
        Component to its source, for example ``{"mortality": "national"}``.

    Raises
    ------
    SchemaError
        If this is no Dataset.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import plain_cohort_component
    >>> observed = made_up(2, years=range(2019, 2027))
    >>> component_sources(plain_cohort_component(observed, [2026]))["mortality"]
    'local'
    """
    require_dataset(assumptions, "sources")
    return {str(name): str(part.attrs.get("source", "given")) for name, part in assumptions.data_vars.items()}
