"""Dwellings as data: stock on 1 January, what happens between, and how many stand empty; balanced like people."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import xarray as xr

from kompaslite.housing.labels import DWELLINGS, DWELLINGS_PER_YEAR, HousingError, conform_housing, housing_order
from kompaslite.schema import (
    BalanceError,
    SchemaError,
    reject,
    require_labels,
    require_unit,
    require_values,
)

#: What changes a stock of dwellings in a year, and its sign.
DWELLING_SIGNS: dict[str, int] = {"completions": 1, "demolitions": -1, "conversions": 1}
_KEY = ("area", "dwelling_type", "year")


@dataclass(frozen=True, slots=True, eq=False)
class Dwellings:
    """Stock of dwellings and what changes it, of the past or of a programme.

    As for people, the stock lives on the bounds of the years and the flows between them.

    Parameters
    ----------
    stock : xr.DataArray
        Dwellings on 1 January, ``(..., area, dwelling_type, year)``.
    flows : xr.Dataset
        Dwellings per year: ``completions``, ``demolitions`` and, of either sign, ``conversions``; the years are
        those of the stock but the last. A flow that is absent is nothing.
    vacancy : xr.DataArray
        Share of the stock that stands empty on 1 January, of the same years.
    awaiting : xr.DataArray
        Dwellings, completed and not yet moved into on 1 January.

    Raises
    ------
    SchemaError, HousingError
        If a label, unit or value breaks the contract; more dwellings are demolished than there are.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Havna"], "dwelling_type": ["block"]}
    >>> start = xr.DataArray([[100.0]], coords=key, attrs={"units": "dwellings"})
    >>> built = xr.DataArray([[[8.0]]], coords=key | {"year": [2025]}, attrs={"units": "dwellings/year"})
    >>> roll_stock(start, built, vacancy=0.02).occupied.values
    array([[[ 98.  , 105.84]]])
    """

    stock: xr.DataArray
    flows: xr.Dataset
    vacancy: xr.DataArray
    awaiting: xr.DataArray

    def __post_init__(self) -> None:
        stock = conform_housing(self.stock, "stock", needed=_KEY)
        require_unit(stock, "stock", DWELLINGS)
        _require_dwellings(
            stock, "stock", "After demolitions no dwelling may be missing: correct demolitions or stock."
        )
        object.__setattr__(self, "stock", stock)
        object.__setattr__(self, "flows", _checked_flows(self.flows, stock))
        object.__setattr__(self, "vacancy", _checked_vacancy(self.vacancy, stock))
        object.__setattr__(self, "awaiting", _checked_awaiting(self.awaiting, stock))
        _check_demolitions(self)
        _require_dwellings(self.occupied, "occupied dwellings", "More stand empty than there are: correct vacancy.")

    @property
    def occupied(self) -> xr.DataArray:
        """Dwellings with a household on 1 January: ``stock * (1 - vacancy) - awaiting``."""
        occupied = self.stock * (1.0 - self.vacancy) - self.awaiting
        return _in_order(occupied).rename("occupied").assign_attrs(units=DWELLINGS)

    @property
    def vacant(self) -> xr.DataArray:
        """Dwellings without a household on 1 January, those awaiting their first among them."""
        vacant = self.stock * self.vacancy + self.awaiting
        return _in_order(vacant).rename("vacant").assign_attrs(units=DWELLINGS)

    @property
    def first_homes(self) -> xr.DataArray:
        """New dwellings that are moved into in the year: those not left empty, less the rise of those that wait."""
        vacant = self.vacancy.isel(year=slice(1, None)).assign_coords(year=self.stock["year"].values[:-1])
        moved_into = self.flow("completions") * (1.0 - vacant) - _change(self.awaiting)
        return _in_order(moved_into).rename("first_homes").assign_attrs(units=DWELLINGS_PER_YEAR)

    @property
    def occupied_change(self) -> xr.DataArray:
        """Rise of the occupied stock in the year; with the dwellings released it makes the openings."""
        return _change(self.occupied).rename("occupied_change").assign_attrs(units=DWELLINGS_PER_YEAR)

    def flow(self, name: str) -> xr.DataArray:
        """One flow, nothing where it is absent.

        Parameters
        ----------
        name : {"completions", "demolitions", "conversions"}
            Which one.

        Returns
        -------
        xr.DataArray
            Dwellings per year, ``(..., area, dwelling_type, year)``.
        """
        if name in self.flows:
            return self.flows[name]
        return xr.zeros_like(self.stock.isel(year=slice(None, -1))).assign_attrs(units=DWELLINGS_PER_YEAR)


def roll_stock(
    start: xr.DataArray,
    completions: xr.DataArray,
    *,
    demolitions: xr.DataArray | None = None,
    conversions: xr.DataArray | None = None,
    vacancy: xr.DataArray | float = 0.0,
    awaiting: xr.DataArray | None = None,
) -> Dwellings:
    """Dwellings from a stock and what is built, demolished and converted after it.

    Parameters
    ----------
    start : xr.DataArray
        Dwellings on 1 January of the first year of `completions`, ``(..., area, dwelling_type)``.
    completions : xr.DataArray
        Dwellings per year, ``(..., area, dwelling_type, year)``; its years are those of the result.
    demolitions, conversions : xr.DataArray, optional
        The same; conversions may be of either sign.
    vacancy : xr.DataArray or float
        Share of the stock that stands empty, ``(..., area, dwelling_type, year)`` or fewer dimensions. Its years, if
        any, are one more than those of the completions.
    awaiting : xr.DataArray, optional
        Dwellings completed and not yet moved into on 1 January; the years again one more.

    Returns
    -------
    Dwellings
        Balanced: ``stock next = stock + completions - demolitions + conversions``.

    Raises
    ------
    SchemaError, HousingError
        Naming zone, type and year, if labels do not fit or a stock turns negative.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Lia"], "dwelling_type": ["row"]}
    >>> start = xr.DataArray([[100.0]], coords=key, attrs={"units": "dwellings"})
    >>> year = xr.DataArray([[[8.0]]], coords=key | {"year": [2025]}, attrs={"units": "dwellings/year"})
    >>> roll_stock(start, year, demolitions=(0.5 * year).assign_attrs(year.attrs)).stock.sel(year=2026).values
    array([[104.]])
    """
    given = {"completions": completions, "demolitions": demolitions, "conversions": conversions}
    flows = {name: _flow_like(flow, name, start) for name, flow in given.items() if flow is not None}
    years = flows["completions"]["year"].values
    for name, flow in flows.items():
        flows[name] = require_labels(flow, "year", years, name, against="completions")
    change = _in_order(cast("xr.DataArray", sum(DWELLING_SIGNS[name] * flow for name, flow in flows.items())))
    start = conform_housing(start, "stock", needed=("area", "dwelling_type"))
    require_unit(start, "stock", DWELLINGS)
    first = start.expand_dims(year=years[:1])
    later = (start + change.cumsum("year")).assign_coords(year=years + 1)
    stock = _in_order(xr.concat([first.broadcast_like(later.isel(year=[0]).drop_vars("year")), later], "year"))
    stock = stock.assign_attrs(units=DWELLINGS)
    empty = vacancy if isinstance(vacancy, xr.DataArray) else xr.DataArray(float(vacancy))
    waits = xr.DataArray(0.0, attrs={"units": DWELLINGS}) if awaiting is None else awaiting
    return Dwellings(stock, xr.Dataset(flows), empty, waits)


def standing_still(dwellings: Dwellings) -> Dwellings:
    """Dwellings as they are at the start, for all years: nothing is built, demolished or emptied.

    Parameters
    ----------
    dwellings : Dwellings
        Its first stock, vacancy and waiting dwellings are kept.

    Returns
    -------
    Dwellings
        Of the same years.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.housing import roll_stock
    >>> key = {"area": ["Lia"], "dwelling_type": ["row"]}
    >>> start = xr.DataArray([[100.0]], coords=key, attrs={"units": "dwellings"})
    >>> built = xr.DataArray([[[8.0]]], coords=key | {"year": [2025]}, attrs={"units": "dwellings/year"})
    >>> standing_still(roll_stock(start, built)).stock.values
    array([[[100., 100.]]])
    """
    years = dwellings.stock["year"].values

    def kept(array: xr.DataArray) -> xr.DataArray:
        first = array.isel(year=0, drop=True)
        return first.expand_dims(year=years).transpose(*array.dims).assign_attrs(array.attrs)

    return Dwellings(kept(dwellings.stock), xr.Dataset(), kept(dwellings.vacancy), kept(dwellings.awaiting))


def check_dwellings(dwellings: Dwellings, *, tolerance: float = 1e-9) -> Dwellings:
    """Return the dwellings unchanged, if they balance in every cell.

    Parameters
    ----------
    dwellings : Dwellings
        At least two years of stock.
    tolerance : float
        Dwellings that a cell may be off by, plus the same share of its stock.

    Returns
    -------
    Dwellings
        `dwellings` itself.

    Raises
    ------
    BalanceError
        Naming the first zone, type and year that does not balance, and how many there are.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Lia"], "dwelling_type": ["row"]}
    >>> start = xr.DataArray([[100.0]], coords=key, attrs={"units": "dwellings"})
    >>> built = xr.DataArray([[[8.0]]], coords=key | {"year": [2025]}, attrs={"units": "dwellings/year"})
    >>> check_dwellings(roll_stock(start, built)).stock.values
    array([[[100., 108.]]])
    """
    gap = _change(dwellings.stock)
    for name, sign in DWELLING_SIGNS.items():
        gap = gap - sign * dwellings.flow(name)
    gap = _in_order(gap)
    off = gap.copy(data=~(np.abs(gap.values) <= tolerance * (1.0 + np.abs(dwellings.stock.values).max(initial=0.0))))
    words = "dwellings: {bad} of {all} cells do not balance; the first is off by {first:.6g} dwellings at {cell}."
    mend = "Stock next is stock + completions - demolitions + conversions; add what is missing as a conversion."
    reject(off, gap, words, mend, error=BalanceError)
    return dwellings


def _change(stock: xr.DataArray) -> xr.DataArray:
    return stock.diff("year", label="lower")


def _in_order(array: xr.DataArray) -> xr.DataArray:
    return array.transpose(*housing_order(array.dims))


def _flow_like(flow: xr.DataArray, name: str, stock: xr.DataArray) -> xr.DataArray:
    flow = conform_housing(flow, name, needed=_KEY)
    for dim in ("area", "dwelling_type"):
        flow = require_labels(flow, dim, stock[dim].values, name, against="the stock")
    return flow


def _checked_flows(flows: xr.Dataset, stock: xr.DataArray) -> xr.Dataset:
    unknown = [str(name) for name in flows.data_vars if name not in DWELLING_SIGNS]
    if unknown:
        raise SchemaError(f"dwellings: unknown flow {unknown[0]}; there are {', '.join(DWELLING_SIGNS)}.")
    checked = {}
    for name in map(str, flows.data_vars):
        flow = _flow_like(flows[name], name, stock)
        require_unit(flow, name, DWELLINGS_PER_YEAR)
        flow = require_labels(flow, "year", stock["year"].values[:-1], name, against="the stock but its last year")
        if name == "conversions":
            require_values(flow, name)
        else:
            _require_dwellings(flow, name, f"Give {name} as a positive number.")
        checked[name] = flow
    return xr.Dataset(checked)


def _checked_vacancy(vacancy: xr.DataArray, stock: xr.DataArray) -> xr.DataArray:
    require_values(vacancy, "vacancy", low=0.0, high=1.0, words="are not shares of the stock", mend="5 % is 0.05.")
    return _like_stock(vacancy, "vacancy", stock)


def _checked_awaiting(awaiting: xr.DataArray, stock: xr.DataArray) -> xr.DataArray:
    require_unit(awaiting, "awaiting", DWELLINGS)
    _require_dwellings(awaiting, "awaiting", "Give the dwellings that wait for their first household.")
    return _like_stock(awaiting, "awaiting", stock)


def _like_stock(array: xr.DataArray, name: str, stock: xr.DataArray) -> xr.DataArray:
    array = conform_housing(array, name)
    for dim in array.dims:
        if dim in _KEY:
            array = require_labels(array, dim, stock[dim].values, name, against="the stock")
    full = array.broadcast_like(stock.isel({dim: 0 for dim in stock.dims if dim not in _KEY}, drop=True))
    return _in_order(full)


def _require_dwellings(array: xr.DataArray, name: str, mend: str) -> None:
    bad = array.copy(data=~((array.values >= 0.0) & np.isfinite(array.values)))
    words = ": {bad} of {all} values are not numbers of dwellings of at least 0; the first is {first:g} at {cell}."
    reject(bad, array, name + words, mend, error=HousingError)


def _check_demolitions(dwellings: Dwellings) -> None:
    if "demolitions" not in dwellings.flows:
        return
    there = dwellings.stock.isel(year=slice(None, -1)) + dwellings.flow("completions")
    lacking = _in_order(dwellings.flows["demolitions"] - there)
    words = (
        "demolitions: {bad} of {all} cells demolish more dwellings than there are; the first by {first:g} at {cell}."
    )
    reject(lacking > 0.0, lacking, words, "Correct demolitions, or the stock they are of.", error=HousingError)
