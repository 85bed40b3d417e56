"""Numbers that are given instead of what housing would decide, and control totals that it has to meet."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from kompaslite.engine import Layout
from kompaslite.housing.labels import HousingError
from kompaslite.housing.market.chain_kernel import Array
from kompaslite.housing.run.spread import spread
from kompaslite.schema import OUTER, describe_cell, first_cell, require_dims, require_values


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Zones and years where housing does not set in-migration, and control totals that it has to meet.

    Parameters
    ----------
    in_movers : xr.DataArray, optional
        Persons per year who move in from other municipalities, ``(..., area, year)``; NaN where it is not given.
    population : xr.DataArray, optional
        Persons on 1 January of ``year``, ``(..., area, year)``; NaN where it is not given.
    total : xr.DataArray, optional
        Control totals, persons on 1 January of ``year``, ``(..., year)`` for all zones together or ``(..., area,
        year)`` for each; NaN where there is none. Unlike a given population a total does not take the place of
        housing: households fill the dwellings and people sum to the total, both at once.

    Examples
    --------
    >>> import xarray as xr
    >>> wanted = xr.DataArray([[5000.0]], coords={"area": ["Lia"], "year": [2030]})
    >>> Given(population=wanted).in_movers is None
    True
    """

    in_movers: xr.DataArray | None = None
    population: xr.DataArray | None = None
    total: xr.DataArray | None = None


def given_numbers(given: Given, layout: Layout, bounds: Array) -> tuple[Array, Array, Array]:
    """What is given, NaN elsewhere."""
    arriving = _partly(given.in_movers, layout, "in-movers", layout.years)
    people = _partly(given.population, layout, "population", bounds[1:])
    both = np.isfinite(arriving) & np.isfinite(people)
    if both.any():
        full = np.broadcast_to(both.any(axis=1), (layout.years.size, len(layout.outer["area"])))
        cell = first_cell(xr.DataArray(full, coords={"year": layout.years, "area": layout.outer["area"]}))
        raise HousingError(
            f"given: in-movers and population are both given at {describe_cell(cell)}. Give one of them there."
        )
    housed = ~(np.isfinite(arriving) | np.isfinite(people))
    return arriving, people, _totals(given.total, layout, bounds, housed=housed)


def _totals(given: xr.DataArray | None, layout: Layout, bounds: Array, *, housed: np.ndarray) -> Array:
    if given is None or "area" in given.dims:
        totals = _partly(given, layout, "total", bounds[1:])
        bad = np.isfinite(totals) & ~housed
        if given is not None and bad.any():
            full = np.broadcast_to(bad.any(axis=1), (layout.years.size, len(layout.outer["area"])))
            cell = first_cell(xr.DataArray(full, coords={"year": layout.years, "area": layout.outer["area"]}))
            raise HousingError(
                f"given total: in-movers or population are given too at {describe_cell(cell)}. Give one of them there."
            )
        return totals
    require_dims(given, "given total", needed=("year",), allowed=OUTER)
    require_values(given.fillna(0.0), "given total", low=0.0, words="are not counts of at least 0")
    strange = given.notnull() & ~given["year"].isin(bounds[1:])
    if bool(strange.any()):
        raise HousingError(
            f"given total: {int(strange.sum())} numbers are of years that the projection does not set; the first is "
            f"{describe_cell(first_cell(strange))}. Give years from {bounds[1]} to {bounds[-1]}."
        )
    alone = given.expand_dims(area=layout.outer["area"][:1])
    return _partly(alone, layout, "total", bounds[1:])[:, :, :1]


def _partly(array: xr.DataArray | None, layout: Layout, name: str, years: Array) -> Array:
    """Numbers given for some zones and years, NaN elsewhere, ``[year, lead, zone]``."""
    if array is None:
        return np.full((1, 1, 1), np.nan)
    require_dims(array, f"given {name}", needed=("area", "year"), allowed=OUTER)
    strange = array.notnull() & ~(array["area"].isin(layout.outer["area"]) & array["year"].isin(years))
    if bool(strange.any()):
        raise HousingError(
            f"given {name}: {int(strange.sum())} numbers are of zones or years that the projection does not set; the "
            f"first is {describe_cell(first_cell(strange))}. Give zones of the projection and years from {years[0]} to "
            f"{years[-1]}."
        )
    require_values(array.fillna(0.0), f"given {name}", low=0.0, words="are not counts of at least 0")
    full = array.reindex(area=layout.outer["area"], year=years)
    return spread(full, layout, f"given {name}", years=years)
