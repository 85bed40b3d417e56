"""The contract of a method: accounts of the past and years in, assumptions out."""

import inspect
from collections.abc import Callable, Sequence

import xarray as xr

from kompaslite.accounts import Accounts, require_accounts
from kompaslite.engine import project
from kompaslite.methods.sources import Sources, require_sources
from kompaslite.schema import SchemaError, require_labels, require_years, short_list

#: Any callable ``(observed, years) -> assumptions`` for those flow years, the last observed year first. One that has
#: a parameter ``sources`` is handed what else was known, cut at the origin.
Method = Callable[..., xr.Dataset]


def call_method(
    method: Method, observed: Accounts, years: Sequence[int], *, sources: Sources | None = None, name: str = "method"
) -> xr.Dataset:
    """Assumptions of a method, checked against what was asked for.

    Parameters
    ----------
    method : callable
        ``(observed, years)``, with or without a parameter ``sources``.
    observed : Accounts
        What was known.
    years : sequence of int
        Flow years of the forecast, the last observed year first.
    sources : Sources, optional
        Handed on if the method has a parameter of this name.
    name : str
        What to call the method in an error.

    Returns
    -------
    xr.Dataset
        Assumptions for `years`, areas and sexes in the order of `observed`.

    Raises
    ------
    SchemaError
        If the method returns anything but assumptions for these years, areas, sexes and ages.
    """
    if not callable(method):
        raise SchemaError(
            f"{name}: a method is a function (observed, years) -> assumptions, not {type(method).__name__}. Give one, "
            "for example kompaslite.methods.default_method."
        )
    require_accounts(observed, f"{name}: observed")
    require_sources(sources)
    wanted = require_years(years, "years")
    last = observed.years[-1]
    if not wanted or wanted != list(range(last, last + len(wanted))):
        raise SchemaError(
            f"{name}: the years of a forecast follow the last observed one, {last}, {last + 1} and so on; "
            f"they are {short_list(wanted)}."
        )
    handed = {"sources": sources} if sources is not None and _takes_sources(method) else {}
    return _checked(method(observed, wanted, **handed), observed.population, wanted, name)


def forecast_by(
    method: Method, observed: Accounts, years: Sequence[int], *, sources: Sources | None = None, name: str = "method"
) -> Accounts:
    """The forecast that a method makes: its assumptions, projected from the last observed year.

    Parameters
    ----------
    method, observed, years, sources, name
        As in `call_method`.

    Returns
    -------
    Accounts
        ``(..., area, sex, age, year)``, the last observed year first.

    Raises
    ------
    SchemaError
        As `call_method` and `project`.
    """
    assumptions = call_method(method, observed, years, sources=sources, name=name)
    return project(observed.population.sel(year=observed.years[-1]), assumptions)


def _takes_sources(method: Method) -> bool:
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):  # some built-in callables have no signature
        return False
    return any(one.name == "sources" or one.kind is one.VAR_KEYWORD for one in parameters)


def _checked(assumptions: object, population: xr.DataArray, years: list[int], name: str) -> xr.Dataset:
    if not isinstance(assumptions, xr.Dataset):
        raise SchemaError(f"{name}: a method returns a Dataset of assumptions, not {type(assumptions).__name__}.")
    parts = {}
    for variable, given in assumptions.data_vars.items():
        label, values = f"{name}: {variable}", given
        for dim in ("area", "sex", "age"):
            if dim not in values.dims:
                continue
            if dim not in population.dims:
                raise SchemaError(f"{label}: the population that was given has no dimension {dim}. Select one of it.")
            values = require_labels(values, dim, population[dim].values, label)
        if "year" in values.dims:
            values = require_labels(values, "year", years, label, against="the forecast")
        parts[variable] = values
    return xr.Dataset(parts, attrs=assumptions.attrs)
