"""The drive: housing sets who moves, while the years of a projection run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import Convention, Layout
from kompaslite.housing.data.dwellings import Dwellings
from kompaslite.housing.data.given import Given
from kompaslite.housing.run.inputs import prepare_housing
from kompaslite.housing.run.model import HousingModel
from kompaslite.housing.run.record import HousingRecord
from kompaslite.housing.run.spread import check_layout
from kompaslite.housing.run.year import HousingYear
from kompaslite.schema import OUTER, SchemaError


@dataclass(frozen=True, slots=True, eq=False)
class HousingDriver:
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

    Where a control total is given, r differs by age and sex too: ``log r`` falls with the headship of a cell, by as
    much as the people need to sum to the total. That is `reconcile`'s way to meet people and households at once, on
    the moves of the year. A total and a stock that cannot both hold are an error.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.datasets import load_example
    >>> from kompaslite.housing import HousingModel, build, default_headship, even_market, households_of
    >>> from kompaslite.engine import project
    >>> baerum = load_example("baerum")
    >>> start, rates = baerum.observed.population.sel(year=2026), baerum.method(baerum.observed, range(2026, 2028))
    >>> homes = households_of(start, default_headship()).drop_vars("year").expand_dims(dwelling_type=["row"])
    >>> stock = homes.transpose("area", "dwelling_type").assign_attrs(units="dwellings")
    >>> key = {"area": ["3201"], "dwelling_type": ["row"], "year": [2026, 2027]}
    >>> built = xr.DataArray([[[200.0, 0.0]]], coords=key, attrs={"units": "dwellings/year"})
    >>> model = HousingModel.with_defaults(even_market(stock, external=0.45, new=0.2))
    >>> trend = project(start, rates)
    >>> drive = HousingDriver(model, build(stock, built), trend, rates)
    >>> more = project(start, rates, drive=drive).population.sum() - trend.population.sum()
    >>> round(float(more) / 2)  # persons more on 1 January 2027 and 2028, on average
    110
    """

    model: HousingModel
    dwellings: Dwellings
    trend: Accounts
    assumptions: xr.Dataset
    reference: Dwellings | None = None
    given: Given = field(default_factory=Given)
    convention: Convention = Convention.mean_exposure
    #: The reference path of dwellings: `reference`, or the stock as it is.
    path: Dwellings = field(init=False, repr=False)
    _runs: list[HousingRecord] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        path = standing_still(self.dwellings) if self.reference is None else self.reference
        object.__setattr__(self, "path", path)

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
        types = self.model.market["dwelling_type"].values
        record = HousingRecord(self.dwellings, types, inputs, layout)  # not the drive: a ring would keep its memory
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
        given = (self.given.in_movers, self.given.population, self.given.total)
        # numbers may be given for some of the areas only
        arrays += [value.isel(area=0) if "area" in value.dims else value for value in given if value is not None]
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
