"""What housing did in a projection: openings and who filled them, households and the stock, year by year."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import Layout
from kompaslite.housing.data.headship import HOUSEHOLDS
from kompaslite.housing.labels import DWELLINGS, DWELLINGS_PER_YEAR, at, labelled, to_array
from kompaslite.housing.market.market import Array, fillings
from kompaslite.housing.run.inputs import HousingInputs
from kompaslite.housing.run.setup import Housing, HousingSetup
from kompaslite.schema import PERSONS

_HOMES = ("dwelling_type",)


@dataclass(frozen=True, slots=True, eq=False)
class HousingRecord:
    """What housing did in one forecast; `project_with_housing` returns it beside the forecast.

    Parameters
    ----------
    setup : HousingSetup
        Housing and the trend of the forecast.
    layout : Layout
        Labels of the forecast.
    inputs : HousingInputs
        The setup as bare arrays.
    years : tuple of mapping
        Results by year, bare arrays by name.
    """

    setup: HousingSetup
    layout: Layout
    inputs: HousingInputs
    years: tuple[Mapping[str, Array], ...]

    @property
    def housing(self) -> Housing:
        """What was assumed about housing."""
        return self.setup.housing

    @property
    def trend(self) -> Accounts:
        """The projection without housing."""
        return self.setup.trend

    @property
    def people(self) -> xr.DataArray:
        """Persons on 1 January after each year, ``(..., area, year)``."""
        return self._after([year["people"] for year in self.years], PERSONS)

    @property
    def flows(self) -> xr.Dataset:
        """Dwellings that opened during the year, and who filled them."""
        parts = [self._openings(position) for position in range(len(self.years))]
        inner = (("dwelling_type", self.setup.model.market["dwelling_type"].values),)
        result = {
            name: labelled([part[name] for part in parts], self.layout, inner=inner).assign_attrs(
                units=DWELLINGS_PER_YEAR
            )
            for name in parts[0]
        }
        for i, name in enumerate(("released_by_moves", "released_between_zones", "released_by_deaths")):
            released = labelled([year["released"][i] for year in self.years], self.layout)
            result[name] = released.assign_attrs(units=DWELLINGS_PER_YEAR)
        factor = labelled([year["factor"] for year in self.years], self.layout)
        result["factor"] = factor.assign_attrs(units="1")
        tilt = labelled([year["tilt_strength"] for year in self.years], self.layout)
        result["tilt_strength"] = tilt.assign_attrs(units="1")
        return xr.Dataset(result)

    @property
    def stocks(self) -> xr.Dataset:
        """Households and dwellings on 1 January after each year, ``(..., area, year)``.

        ``households`` are those of the headship rates times ``headship_level``, which makes the households at the
        start fill the occupied dwellings. ``unmet`` are households without a dwelling, ``spare`` dwellings counted as
        occupied that no household fills. ``unfilled`` are, of the dwellings beyond the reference path, those that no
        household beyond the trend's fills: people of the trend live in them, and what these left stands empty or is
        lived in by fewer. A zone that builds and still loses people to others has more of them than it built.
        """
        layout = self.layout
        households = self._after([year["households"] for year in self.years], HOUSEHOLDS)
        private = self._after([year["private"] for year in self.years], PERSONS)
        bounds = np.append(layout.years, layout.years[-1] + 1)
        homes = {
            name: self._after(
                list(self._on_bounds(getattr(self.housing.dwellings, name).sum(_HOMES), bounds)), DWELLINGS
            )
            for name in ("occupied", "vacant", "stock")
        }
        gap = households - homes["occupied"]
        level = self._after([self.inputs.headship_level] * layout.years.size, "1")
        trend = self._after(list(self.inputs.headship_level * self.inputs.trend_households), HOUSEHOLDS)
        path = self._after(list(self._on_bounds(self.setup.reference.occupied.sum(_HOMES), bounds)), DWELLINGS)
        size = private / homes["occupied"].where(homes["occupied"] > 0.0)
        return xr.Dataset(
            {
                "households": households,
                **homes,
                "unmet": gap.clip(min=0.0).assign_attrs(units=HOUSEHOLDS),
                "spare": (-gap).clip(min=0.0).assign_attrs(units=DWELLINGS),
                "unfilled": (trend - path - gap).assign_attrs(units=DWELLINGS),
                "headship_level": level,
                "household_size": size.assign_attrs(units="persons/household"),
            }
        )

    def _on_bounds(self, array: xr.DataArray, bounds: Array) -> Array:
        values = to_array(array, self.layout, "dwellings", years=bounds)
        found: Array = np.broadcast_to(values, (bounds.size, *values.shape[1:]))[1:]
        return found

    def _after(self, parts: list[Array], unit: str) -> xr.DataArray:
        array = labelled(parts, self.layout)
        return array.assign_coords(year=self.layout.years + 1).assign_attrs(units=unit)

    def _openings(self, position: int) -> dict[str, Array]:
        """Openings and fillings of one year, ``[lead, zone, type]``."""
        inputs, year = self.inputs, self.years[position]
        released = year["released"].sum(axis=0)[..., None] * at(inputs.own_types, position)
        openings = released + at(inputs.occupied_change, position)
        cells = openings.reshape(openings.shape[0], -1)
        filled = fillings(cells, inputs.arrivals[position].chain)
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
