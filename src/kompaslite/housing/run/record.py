"""What housing did in a projection: openings and who filled them, households and the stock, year by year."""

import numpy as np
import xarray as xr

from kompaslite.engine import Layout
from kompaslite.housing.data.dwellings import Dwellings
from kompaslite.housing.data.headship import HOUSEHOLDS
from kompaslite.housing.labels import DWELLINGS, DWELLINGS_PER_YEAR
from kompaslite.housing.market.chain_kernel import Array, fillings
from kompaslite.housing.run.inputs import HousingInputs
from kompaslite.housing.run.spread import at, labelled, spread

_HOMES = ("dwelling_type",)


class HousingRecord:
    """Results of one run, small arrays by zone and year.

    Parameters
    ----------
    dwellings : Dwellings
        Of the scenario.
    types : np.ndarray
        Dwelling types, in the order of `inputs`.
    inputs : HousingInputs
        Its bare arrays.
    layout : Layout
        Labels.
    """

    def __init__(self, dwellings: Dwellings, types: Array, inputs: HousingInputs, layout: Layout) -> None:
        self._dwellings, self._types, self._inputs, self._layout = dwellings, types, inputs, layout
        self._years: list[dict[str, Array]] = []

    @property
    def complete(self) -> bool:
        """Whether every year has run."""
        return len(self._years) == self._layout.years.size

    def write(self, **parts: Array) -> None:
        """Keep the results of the next year."""
        self._years.append(parts)

    @property
    def flows(self) -> xr.Dataset:
        """Dwellings that opened during the year, and who filled them."""
        parts = [self._openings(position) for position in range(len(self._years))]
        inner = (("dwelling_type", self._types),)
        result = {
            name: labelled([part[name] for part in parts], self._layout, inner=inner).assign_attrs(
                units=DWELLINGS_PER_YEAR
            )
            for name in parts[0]
        }
        for i, name in enumerate(("released_by_moves", "released_between_zones", "released_by_deaths")):
            released = labelled([year["released"][i] for year in self._years], self._layout)
            result[name] = released.assign_attrs(units=DWELLINGS_PER_YEAR)
        factor = labelled([year["factor"] for year in self._years], self._layout)
        result["factor"] = factor.assign_attrs(units="1")
        lean = labelled([year["lean"] for year in self._years], self._layout)
        result["lean"] = lean.assign_attrs(units="1")
        return xr.Dataset(result)

    @property
    def stocks(self) -> xr.Dataset:
        """Households and dwellings on 1 January after each year, ``(..., area, year)``."""
        layout = self._layout
        households = self._after([year["households"] for year in self._years], HOUSEHOLDS)
        private = self._after([year["private"] for year in self._years], "persons")
        bounds = np.append(layout.years, layout.years[-1] + 1)
        homes = {
            name: self._after(list(self._spread(getattr(self._dwellings, name).sum(_HOMES), bounds)), DWELLINGS)
            for name in ("occupied", "vacant", "stock")
        }
        gap = households - homes["occupied"]
        size = private / homes["occupied"].where(homes["occupied"] > 0.0)
        return xr.Dataset(
            {
                "households": households,
                **homes,
                "unmet": gap.clip(min=0.0).assign_attrs(units=HOUSEHOLDS),
                "spare": (-gap).clip(min=0.0).assign_attrs(units=DWELLINGS),
                "household_size": size.assign_attrs(units="persons/household"),
            }
        )

    def _spread(self, array: xr.DataArray, bounds: Array) -> Array:
        values = spread(array, self._layout, "dwellings", years=bounds)
        found: Array = np.broadcast_to(values, (bounds.size, *values.shape[1:]))[1:]
        return found

    def _after(self, parts: list[Array], unit: str) -> xr.DataArray:
        array = labelled(parts, self._layout)
        return array.assign_coords(year=self._layout.years + 1).assign_attrs(units=unit)

    def _openings(self, position: int) -> dict[str, Array]:
        """Openings and fillings of one year, ``[lead, zone, type]``."""
        inputs, year = self._inputs, self._years[position]
        released = year["released"].sum(axis=0)[..., None] * at(inputs.own_types, position)
        openings = released + at(inputs.occupied_change, position)
        cells = openings.reshape(openings.shape[0], -1)
        filled = fillings(cells, inputs.fillers[position].chain)
        shape = openings.shape
        moved = (filled * inputs.transfer.sum(axis=-1)).reshape(shape)
        freed = np.matmul(filled[..., None, :], inputs.transfer)[..., 0, :].reshape(shape)
        filled = filled.reshape(shape)
        external = _by_type(year["arrived"], filled * inputs.external)
        return {
            "openings": openings,
            "freed": freed,
            "fillings": filled,
            "external": external,
            "moved": moved,
            "new": filled - moved - external,
        }


def _by_type(total: Array, weights: Array) -> Array:
    """A zone's households from outside, split over types as the market fills them."""
    whole = weights.sum(axis=-1, keepdims=True)
    even = np.full(weights.shape, 1.0 / weights.shape[-1])
    shares: Array = np.where(whole != 0.0, weights / np.where(whole != 0.0, whole, 1.0), even)
    return total[..., None] * shares
