"""A municipality's housing in figures with their sources: a file, made into a model and two paths of dwellings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import xarray as xr
from pydantic import Field, model_validator

from kompaslite._checked import CheckedModel
from kompaslite.accounts import Accounts
from kompaslite.housing.data.dwellings import Dwellings, roll_stock
from kompaslite.housing.data.headship import default_headship, default_releases, households_of
from kompaslite.housing.data.occupancy import default_occupancy
from kompaslite.housing.market.additionality import pert_draws
from kompaslite.housing.market.calibrate import market_from_vacated, trend_openings
from kompaslite.housing.run.setup import Housing, HousingModel


class SourcedFigure(CheckedModel):
    """A figure, its range where it is uncertain, and its source.

    Parameters
    ----------
    value : float
        Most likely value.
    low, high : float, optional
        Lowest and highest.
    unit, source : str
        What it is, and where it comes from.
    """

    value: float
    low: float | None = None
    high: float | None = None
    unit: str
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> "SourcedFigure":
        if (self.low is None) != (self.high is None):
            raise ValueError("give both low and high, or neither")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value} is not between low {self.low} and high {self.high}")
        return self


class TypeShares(CheckedModel):
    """Shares of dwelling types, which sum to one, and their source."""

    detached: Annotated[float, Field(ge=0)]
    row: Annotated[float, Field(ge=0)]
    block: Annotated[float, Field(ge=0)]
    source: str

    @property
    def array(self) -> xr.DataArray:
        """``(dwelling_type,)``."""
        types = ["detached", "row", "block"]
        return xr.DataArray([getattr(self, kind) for kind in types], coords={"dwelling_type": types})

    @model_validator(mode="after")
    def _one(self) -> "TypeShares":
        if abs(self.detached + self.row + self.block - 1.0) > 1e-9:
            raise ValueError(f"the shares sum to {self.detached + self.row + self.block:g}, not to one")
        return self


class _Year(CheckedModel):
    planned: SourcedFigure
    completed: SourcedFigure
    vacated: SourcedFigure


class _Stock(CheckedModel):
    shares: TypeShares
    vacancy: SourcedFigure


class _New(CheckedModel):
    shares: TypeShares


class _Headship(CheckedModel):
    source: str


class _Market(CheckedModel):
    external_share: SourcedFigure


class _Occupancy(CheckedModel):
    size: SourcedFigure
    lag: SourcedFigure


class HousingFigures(CheckedModel):
    """What is known of a municipality's housing in the year from its jump-off; keys that are unknown are errors."""

    title: str
    jump_off: int
    year_of_plan: _Year
    stock: _Stock
    new: _New
    headship: _Headship
    market: _Market
    occupancy: _Occupancy
    additionality: SourcedFigure


@dataclass(frozen=True, slots=True, eq=False)
class FittedHousing:
    """A municipality's housing, ready for a forecast of the year that its figures are of.

    Parameters
    ----------
    parameters : HousingFigures
        The figures.
    model : HousingModel
        How dwellings become people; with draws, if they were asked for.
    planned, completed : Dwellings
        With the dwellings that were expected, and with those that were completed.
    """

    parameters: HousingFigures
    model: HousingModel
    planned: Dwellings
    completed: Dwellings

    @property
    def housing(self) -> Housing:
        """The dwellings completed, against the reference path of those planned."""
        return Housing(self.model, self.completed, reference=self.planned)


def read_housing_figures(path: Path) -> HousingFigures:
    """The figures of a TOML file."""
    read: HousingFigures = HousingFigures.read_toml(path)
    return read


def known_stock(figures: HousingFigures, people: xr.DataArray) -> xr.DataArray:
    """Dwellings that the households of people fill, less vacancy, ``(..., dwelling_type)``."""
    occupied = households_of(people, default_headship(people["age"].values)) * figures.stock.shares.array
    return (occupied / (1.0 - figures.stock.vacancy.value)).assign_attrs(units="dwellings")


def fit_housing(known: HousingFigures, trend: Accounts, *, draws: int = 0, seed: int = 1) -> FittedHousing:
    """Housing in the year that the figures are of, calibrated to the dwellings vacated in it."""
    year = known.jump_off
    ages = trend.population["age"].values
    headship = default_headship(ages)
    stock = known_stock(known, trend.population.sel(year=year, drop=True))
    lag = _drawn(known.occupancy.lag, draws, seed, 1)
    planned, completed = (
        _dwellings(stock, known, figure, lag=lag)
        for figure in (known.year_of_plan.planned, known.year_of_plan.completed)
    )
    releases = default_releases(headship)
    market = market_from_vacated(
        stock,
        vacated=known.year_of_plan.vacated.value,
        released=trend_openings(trend, releases, year=year),
        occupied_change=float(
            _dwellings(stock, known, known.year_of_plan.planned, lag=_fixed(known)).occupied_change.sum()
        ),
        external_share=_drawn(known.market.external_share, draws, seed, 2),
    )
    size = _drawn(known.occupancy.size, draws, seed, 3)
    occupancy = default_occupancy(ages).sel(dwelling_type=stock["dwelling_type"].values)
    model = HousingModel(
        market=market,
        occupancy=(size * occupancy).assign_attrs(occupancy.attrs),
        headship=headship,
        releases=releases,
        additionality=_drawn(known.additionality, draws, seed, 4),
    )
    return FittedHousing(known, model, planned, completed)


def _drawn(figure: SourcedFigure, draws: int, seed: int, stream: int) -> xr.DataArray | float:
    if draws == 0 or figure.low is None or figure.high is None:
        return figure.value
    return pert_draws((figure.low, figure.value, figure.high), draws=draws, seed=(seed, stream))


def _fixed(known: HousingFigures) -> float:
    return known.occupancy.lag.value


def _dwellings(
    stock: xr.DataArray, known: HousingFigures, built: SourcedFigure, *, lag: xr.DataArray | float
) -> Dwellings:
    year = known.jump_off
    completions = (built.value * known.new.shares.array).expand_dims(area=stock["area"].values, year=[year])
    waiting = (completions * lag).assign_coords(year=[year + 1]).reindex(year=[year, year + 1], fill_value=0.0)
    return roll_stock(
        stock,
        completions.assign_attrs(units="dwellings/year"),
        vacancy=known.stock.vacancy.value,
        awaiting=waiting.assign_attrs(units="dwellings"),
    )
