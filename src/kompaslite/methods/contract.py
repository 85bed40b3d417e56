"""The contract of a method: accounts of the past, years and what else was known in, assumptions out."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Protocol

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, known_at, require_accounts
from kompaslite.engine import project
from kompaslite.schema import (
    DIMS,
    SchemaError,
    conform,
    require_dataset,
    require_dims,
    require_labels,
    require_whole,
    require_years,
    short_list,
)

_STOCKS = ("stock", "vacancy", "occupied", "vacant", "awaiting", "households")


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What a method may know besides the accounts of its areas.

    Parameters
    ----------
    nation : Accounts, optional
        Population and flows of the country.
    mortality : xr.DataArray, optional
        Central death rates of the country, ``(sex, age, year)``, 1/year.
    fertility : xr.DataArray, optional
        Births per woman of the country, ``(age, year)``, 1/year.
    dwellings : xr.Dataset, optional
        By ``year`` and any other dimension: ``stock``, ``vacancy`` and ``households`` on 1 January, all others during
        the year. A variable with dimension ``origin`` is a programme: what was planned on 1 January of each origin,
        for any year.
    lags : mapping of str to int, optional
        Years by which a source named here is published later than the others, by the name of its field.

    Examples
    --------
    >>> import xarray as xr
    >>> rates = xr.DataArray([0.1, 0.2, 0.3], coords={"year": [2022, 2023, 2024]})
    >>> Sources(mortality=rates, lags={"mortality": 1}).known_at(2025).mortality.year.values
    array([2022, 2023])
    """

    nation: Accounts | None = None
    mortality: xr.DataArray | None = None
    fertility: xr.DataArray | None = None
    dwellings: xr.Dataset | None = None
    lags: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.nation is not None:
            require_accounts(self.nation, "Sources: nation")
        for name in ("mortality", "fertility"):
            series = getattr(self, name)
            if series is not None:
                require_dims(conform(series, f"Sources: {name}"), f"Sources: {name}", needed=["year"], allowed=None)
        if self.dwellings is not None:
            require_dataset(self.dwellings, "Sources: dwellings")
        self._check_lags()

    def _check_lags(self) -> None:
        names = ("nation", "mortality", "fertility", "dwellings")
        if not isinstance(self.lags, Mapping):
            raise SchemaError('lags: years by the name of a source are needed, {"mortality": 1}.')
        strange = [f"{name}: {lag}" for name, lag in self.lags.items() if name not in names or not _is_lag(lag)]
        if strange:
            raise SchemaError(
                f"lags: {short_list(strange)} is not a lag of at least 0 years for one of {short_list(names)}."
            )

    def known_at(self, year: int) -> "Sources":
        """What was known on 1 January of a year.

        Parameters
        ----------
        year : int
            The origin of a forecast.

        Returns
        -------
        Sources
            Stocks up to that day, flows and rates of the years before it, each less its lag; programmes made by
            then. Nothing later is in it, not even hidden.

        Raises
        ------
        SchemaError
            If a source has nothing that was known then.
        """
        require_whole(year, "Sources.known_at: year")
        lag = {name: self.lags.get(name, 0) for name in ("nation", "mortality", "fertility", "dwellings")}
        return replace(
            self,
            nation=None if self.nation is None else known_at(self.nation, year, lag=lag["nation"]),
            mortality=_before(self.mortality, year - lag["mortality"], "mortality"),
            fertility=_before(self.fertility, year - lag["fertility"], "fertility"),
            dwellings=None if self.dwellings is None else _known_dwellings(self.dwellings, year - lag["dwellings"]),
        )


class Method(Protocol):
    """A way to forecast: what was observed, the years that are wanted and what else was known give assumptions.

    Any function of these parameters is one, and one that takes more with defaults, such as `default`.

    Examples
    --------
    >>> from kompaslite.methods import half_trend, no_change
    >>> tried: dict[str, Method] = {"no change": no_change, "half of the trend": half_trend(10)}
    """

    def __call__(self, observed: Accounts, years: Sequence[int], *, sources: Sources | None = None) -> xr.Dataset:
        """Assumptions for flow years, the last observed year first.

        Parameters
        ----------
        observed : Accounts
            What was known of the areas, read-only.
        years : sequence of int
            Flow years.
        sources : Sources, optional
            What else was known, cut at the origin.

        Returns
        -------
        xr.Dataset
            As from `kompaslite.assumptions.assume`.
        """
        ...


def call_method(
    method: Method, observed: Accounts, years: Sequence[int], *, sources: Sources | None = None, name: str = "method"
) -> xr.Dataset:
    """Assumptions of a method, checked against what was asked for.

    Parameters
    ----------
    method : Method
        It is given a copy of the accounts that cannot be written to, of labels, values and units alone.
    observed : Accounts
        What was known.
    years : sequence of int
        Flow years of the forecast, the last observed year first.
    sources : Sources, optional
        What else was known.
    name : str
        What to call the method in an error.

    Returns
    -------
    xr.Dataset
        Assumptions for `years`, areas and sexes in the order of `observed`.

    Raises
    ------
    SchemaError
        If it is no method, or returns anything but assumptions for these years, areas, sexes and ages.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import no_change
    >>> call_method(no_change, made_up(1, years=[2025, 2026]), [2026, 2027])["year"].values.tolist()
    [2026, 2027]
    """
    _require_method(method, name)
    wanted = flow_years(observed, years, name)
    require_sources(sources)
    made = method(_guarded(observed), wanted, sources=sources)
    return _checked(made, observed.population, wanted, name)


def flow_years(observed: Accounts, years: Sequence[int], name: str) -> list[int]:
    """Years of a forecast, if they follow the last observed one in its steps."""
    require_accounts(observed, f"{name}: observed")
    wanted = require_years(years, "years")
    last, step = observed.years[-1], observed.step
    if not wanted or wanted != list(range(last, last + step * len(wanted), step)):
        raise SchemaError(
            f"{name}: the years of a forecast follow the last observed one, {last}, {last + step} and so on; "
            f"they are {short_list(wanted)}."
        )
    return wanted


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

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import plain_cohort_component
    >>> forecast_by(plain_cohort_component, made_up(2, years=range(2018, 2027)), range(2026, 2030)).years
    (2026, 2027, 2028, 2029, 2030)
    """
    assumptions = call_method(method, observed, years, sources=sources, name=name)
    return project(observed.population.sel(year=observed.years[-1]), assumptions)


def _require_method(method: object, name: str) -> None:
    """Raise unless this can be called as a method, and say so of a function that makes one."""
    form = "(observed, years, *, sources=None)"
    if not callable(method):
        raise SchemaError(
            f"{name}: a method is a function {form} -> assumptions, not {type(method).__name__}. Give one, for example "
            "kompaslite.methods.default."
        )
    try:
        signature = inspect.signature(method)
        signature.bind("observed", "years", sources=None)
    except ValueError:  # some built-in callables have no signature
        return
    except TypeError:
        label = getattr(method, "__name__", type(method).__name__)
        raise SchemaError(
            f"{name}: {label} takes {signature}, but a method is called with {form}. A function that makes a method is "
            f"called first, {label}(...); one of your own is written def {label if label.isidentifier() else 'method'}"
            f"{form}."
        ) from None


def _guarded(observed: Accounts) -> Accounts:
    """The accounts for a method: what it writes into them, or hides in them, reaches nobody."""
    flows = {str(name): _read_only(flow) for name, flow in observed.flows.items()}
    return Accounts.trusted(_read_only(observed.population), xr.Dataset(flows))


def _read_only(array: xr.DataArray) -> xr.DataArray:
    values = array.values.view()
    values.flags.writeable = False
    labels = {name: label for name, label in array.coords.items() if name in DIMS}
    units = {key: value for key, value in array.attrs.items() if key == "units"}
    return xr.DataArray(values, coords=labels, dims=array.dims, name=array.name, attrs=units)


def _checked(assumptions: object, population: xr.DataArray, years: list[int], name: str) -> xr.Dataset:
    if not isinstance(assumptions, xr.Dataset):
        mend = " It makes a method: call it first." if callable(assumptions) else ""
        raise SchemaError(f"{name}: a method returns a Dataset of assumptions, not {type(assumptions).__name__}.{mend}")
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


def require_sources(sources: object) -> None:
    """Raise unless these are `Sources`, or none."""
    if sources is not None and not isinstance(sources, Sources):
        raise SchemaError(f"sources: Sources(...) is needed, not {type(sources).__name__}.")


def _is_lag(lag: object) -> bool:
    return isinstance(lag, Integral) and not isinstance(lag, bool) and int(lag) >= 0


def _before(series: xr.DataArray | None, year: int, name: str) -> xr.DataArray | None:
    if series is None:
        return None
    known = np.flatnonzero(series["year"].values < year)
    if not known.size:
        raise SchemaError(
            f"{name}: nothing was known before {year}; it begins in {series['year'].values.min()}. "
            "Choose later origins, or give a longer series."
        )
    return series.isel(year=known)


def _known_dwellings(dwellings: xr.Dataset, year: int) -> xr.Dataset:
    parts = {}
    for name, values in dwellings.data_vars.items():
        if "origin" in values.dims:
            parts[name] = values.isel(origin=np.flatnonzero(values["origin"].values <= year))
        elif "year" in values.dims:
            last = year if name in _STOCKS else year - 1
            parts[name] = values.isel(year=np.flatnonzero(values["year"].values <= last))
        else:
            raise SchemaError(f"dwellings: {name} has no year, so nobody can say when it was known. Give it one.")
    return xr.Dataset(parts, attrs=dwellings.attrs)
