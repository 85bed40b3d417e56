"""The drive: housing sets who moves, while the years of a projection run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.housing.dwellings import Dwellings
from kompaslite.housing.inputs import prepare_housing
from kompaslite.housing.model import HousingModel
from kompaslite.housing.record import HousingRecord
from kompaslite.housing.spread import check_layout
from kompaslite.housing.year import HousingYear
from kompaslite.kernels import Convention, Layout
from kompaslite.schema import OUTER, SchemaError


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Zones and years where housing does not set in-migration.

    Parameters
    ----------
    in_movers : xr.DataArray, optional
        Persons per year who move in from other municipalities, ``(..., area, year)``; NaN where it is not given.
    population : xr.DataArray, optional
        Persons on 1 January of ``year``, ``(..., area, year)``; NaN where it is not given.

    Examples
    --------
    >>> import xarray as xr
    >>> wanted = xr.DataArray([[5000.0]], coords={"area": ["Lia"], "year": [2030]})
    >>> Given(population=wanted).in_movers is None
    True
    """

    in_movers: xr.DataArray | None = None
    population: xr.DataArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HousingDrive:
    """Housing as a drive of `project`: dwellings beyond a reference path change who moves.

    Parameters
    ----------
    model : HousingModel
        How dwellings become people.
    dwellings : Dwellings
        Of the scenario.
    trend : Accounts
        The same projection without a drive: what comes without dwellings beyond the reference path.
    assumptions : xr.Dataset
        Those of the projection; gross moves are needed, ``in_migration`` and ``out_migration``.
    reference : Dwellings, optional
        The path of dwellings that the trend goes with; if not given, the stock stays as it is at the start.
    given : Given
        Zones and years whose in-movers or population are given instead.
    convention : Convention
        That of the projection.

    Notes
    -----
    In each year and zone the households to reach are ``(1 - pass_through) (trend + built up) + pass_through occupied``.
    Built up is what the dwellings beyond the reference have brought: every opening among them is filled along the
    vacancy chain, by households from outside (with additionality), by moves from other zones, or by households formed
    inside. Arrivals of the trend and of the chain are multiplied by r, the hazard of moving out is divided by r, such
    that the households are reached; openings depend on the year's own moves and deaths, so that r and the openings are
    found together (Newton's method).
    """

    model: HousingModel
    dwellings: Dwellings
    trend: Accounts
    assumptions: xr.Dataset
    reference: Dwellings | None = None
    given: Given = field(default_factory=Given)
    convention: Convention = Convention.mean_exposure
    _runs: list[HousingRecord] = field(default_factory=list, init=False, repr=False)

    @property
    def path(self) -> Dwellings:
        """The reference path of dwellings."""
        return standing_still(self.dwellings) if self.reference is None else self.reference

    @property
    def outer(self) -> Mapping[str, np.ndarray]:
        """Outer dimensions that housing carries, with their labels."""
        found: dict[str, np.ndarray] = {}
        for array in self._arrays():
            for dim in array.dims:
                if dim in OUTER:
                    found.setdefault(str(dim), array[dim].values)
        return {dim: found[dim] for dim in OUTER if dim in found}

    def bind(self, layout: Layout) -> HousingYear:
        """Prepare for the units and years of a projection.

        Parameters
        ----------
        layout : Layout
            Given by the engine.

        Returns
        -------
        HousingYear
            Called by the engine for every year.
        """
        check_layout(layout)
        inputs = prepare_housing(self, layout)
        record = HousingRecord(self, inputs, layout)
        self._runs[:] = [record]
        return HousingYear(inputs, layout, record, highest_rate=self.convention.highest_rate("exits"))

    @property
    def record(self) -> HousingRecord:
        """What housing did in the last projection that it drove.

        Raises
        ------
        SchemaError
            If it has not driven one.
        """
        if not self._runs or not self._runs[0].complete:
            raise SchemaError("housing: no projection has run with this drive. Call project(..., drive=drive) first.")
        return self._runs[0]

    def _arrays(self) -> list[xr.DataArray]:
        model = self.model
        shares = [model.additionality, model.in_share, model.pass_through]
        arrays = [value for value in shares if isinstance(value, xr.DataArray)]
        arrays += [model.occupancy, model.headship, *model.market.data_vars.values(), self.trend.population]
        for dwellings in (self.dwellings, self.path):
            arrays += [dwellings.stock, dwellings.vacancy, dwellings.awaiting, *dwellings.flows.data_vars.values()]
        return arrays


def standing_still(dwellings: Dwellings) -> Dwellings:
    """Dwellings as they are at the start, for all years: nothing is built, demolished or emptied.

    Parameters
    ----------
    dwellings : Dwellings
        Its first stock, vacancy and waiting dwellings are kept.

    Returns
    -------
    Dwellings
    """
    years = dwellings.stock["year"].values

    def kept(array: xr.DataArray) -> xr.DataArray:
        first = array.isel(year=0, drop=True)
        return first.expand_dims(year=years).transpose(*array.dims).assign_attrs(array.attrs)

    return Dwellings(kept(dwellings.stock), xr.Dataset(), kept(dwellings.vacancy), kept(dwellings.awaiting))
