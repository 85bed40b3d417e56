"""What a method may know besides the accounts of its areas, cut at a date."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Integral

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, known_at, require_accounts
from kompaslite.schema import SchemaError, conform, require_dataset, require_dims, require_whole, short_list

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
