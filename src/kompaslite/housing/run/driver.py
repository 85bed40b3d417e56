"""A forecast with housing in one call: the trend, and then the same years with housing setting who moves."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import Convention, Layout, project
from kompaslite.housing.labels import check_layout
from kompaslite.housing.run.inputs import RELEASING, prepare_housing
from kompaslite.housing.run.record import HousingRecord
from kompaslite.housing.run.setup import Housing, HousingSetup
from kompaslite.housing.run.year import HousingYear
from kompaslite.schema import SchemaError


def project_with_housing(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset,
    housing: Housing,
    *,
    trend: Accounts | None = None,
    convention: Convention = Convention.mean_exposure,
    flows: Sequence[str] | None = None,
    clip: Callable[[pd.DataFrame], object] | None = None,
) -> tuple[Accounts, HousingRecord]:
    """Project a population whose moves follow the dwellings; with what housing did in it.

    Parameters
    ----------
    jump_off : xr.DataArray
        Persons on 1 January of the first year, as `project` takes them, with the dimension ``area``: the zones.
    assumptions : xr.Dataset
        As `project` takes them; gross moves are needed, ``in_migration`` and ``out_migration``.
    housing : Housing
        Dwellings, their reference path, and how they become people.
    trend : Accounts, optional
        The same projection without housing, if it is there already: what comes without dwellings beyond the reference
        path.
    convention : Convention
        Timing of events.
    flows : sequence of str, optional
        Components to keep in the forecast; all of them if None.
    clip : callable, optional
        As for `project`.

    Returns
    -------
    Accounts
        As of `project`; with several zones ``moves_in`` and ``moves_out`` between them too.
    HousingRecord
        Of this forecast: its trend, openings and who filled them, households and the stock.

    Raises
    ------
    SchemaError
        If an input breaks its contract, or `trend` is not the projection of these people by these assumptions.
    HousingError
        If people and dwellings cannot be brought together; zone and year are named.

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
    >>> from kompaslite.housing import Housing, HousingModel, build, default_headship, even_market, households_of
    >>> baerum = load_example("baerum")
    >>> start, rates = baerum.observed.population.sel(year=2026), baerum.method(baerum.observed, range(2026, 2028))
    >>> homes = households_of(start, default_headship()).drop_vars("year").expand_dims(dwelling_type=["row"])
    >>> stock = homes.transpose("area", "dwelling_type").assign_attrs(units="dwellings")
    >>> key = {"area": ["3201"], "dwelling_type": ["row"], "year": [2026, 2027]}
    >>> built = xr.DataArray([[[200.0, 0.0]]], coords=key, attrs={"units": "dwellings/year"})
    >>> model = HousingModel.with_defaults(even_market(stock, external=0.45, new=0.2))
    >>> forecast, record = project_with_housing(start, rates, Housing(model, build(stock, built)))
    >>> more = forecast.population.sum() - record.trend.population.sum()
    >>> round(float(more) / 2)  # persons more on 1 January 2027 and 2028, on average
    110
    """
    if "area" not in jump_off.dims:
        raise SchemaError("housing: the population has no dimension area. Add its zones with .expand_dims(area=[...]).")
    if trend is None:
        trend = project(
            jump_off, assumptions, convention=convention, flows=None if flows is None else _read(assumptions)
        )
    driver = HousingDriver(HousingSetup(housing, trend, assumptions, convention))
    forecast = project(jump_off, assumptions, convention=convention, flows=flows, drive=driver, clip=clip)
    return forecast, driver.record


def _read(assumptions: xr.Dataset) -> list[str]:
    """Flows of the trend that housing reads."""
    between = "moves" in assumptions
    return ["deaths", *(name for name in RELEASING if name in assumptions or (between and name.startswith("moves_")))]


class HousingDriver:
    """Housing as the driver of one projection; afterwards it has the record of it."""

    def __init__(self, setup: HousingSetup) -> None:
        self._setup = setup
        self._year: HousingYear | None = None

    @property
    def outer(self) -> Mapping[str, np.ndarray]:
        """Outer dimensions that housing carries, with their labels."""
        return self._setup.outer

    def bind(self, layout: Layout) -> HousingYear:
        """Prepare for the units and years of a projection."""
        check_layout(layout)
        inputs = prepare_housing(self._setup, layout)
        self._year = HousingYear(inputs, layout, highest_rate=self._setup.convention.highest_rate("exits"))
        return self._year

    @property
    def record(self) -> HousingRecord:
        """What housing did in the projection that was driven."""
        assert self._year is not None, "the driver has driven no projection"
        return HousingRecord(self._setup, self._year.layout, self._year.inputs, tuple(self._year.results))
