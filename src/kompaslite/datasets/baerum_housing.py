"""Housing in Baerum: the readable parameter file beside this module, made into a model and two paths of dwellings."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import xarray as xr
from pydantic import BaseModel, ConfigDict, Field, model_validator

from kompaslite.accounts import Accounts
from kompaslite.housing import (
    Dwellings,
    Housing,
    HousingModel,
    default_headship,
    default_occupancy,
    default_releases,
    households_of,
    market_from_vacated,
    pert_draws,
    roll_stock,
    trend_openings,
)

FILE = Path(__file__).with_suffix(".toml")
_STRICT = ConfigDict(extra="forbid", frozen=True)


class Figure(BaseModel):
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

    model_config = _STRICT

    value: float
    low: float | None = None
    high: float | None = None
    unit: str
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> "Figure":
        if (self.low is None) != (self.high is None):
            raise ValueError("give both low and high, or neither")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value} is not between low {self.low} and high {self.high}")
        return self


class Shares(BaseModel):
    """Shares of dwelling types, which sum to one, and their source."""

    model_config = _STRICT

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
    def _one(self) -> "Shares":
        if abs(self.detached + self.row + self.block - 1.0) > 1e-9:
            raise ValueError(f"the shares sum to {self.detached + self.row + self.block:g}, not to one")
        return self


class _Year(BaseModel):
    model_config = _STRICT
    planned: Figure
    completed: Figure
    vacated: Figure


class _Stock(BaseModel):
    model_config = _STRICT
    shares: Shares
    vacancy: Figure


class _New(BaseModel):
    model_config = _STRICT
    shares: Shares


class _Headship(BaseModel):
    model_config = _STRICT
    source: str


class _Market(BaseModel):
    model_config = _STRICT
    external_share: Figure


class _Occupancy(BaseModel):
    model_config = _STRICT
    size: Figure
    lag: Figure


class HousingFile(BaseModel):
    """The parameter file, checked: keys that are unknown are errors."""

    model_config = _STRICT

    title: str
    jump_off: int
    dwellings_2025: _Year
    stock: _Stock
    new: _New
    headship: _Headship
    market: _Market
    occupancy: _Occupancy
    additionality: Figure


@dataclass(frozen=True, slots=True, eq=False)
class BaerumHousing:
    """Baerum's housing, ready for a forecast of 2025.

    Parameters
    ----------
    parameters : HousingFile
        The file.
    model : HousingModel
        How dwellings become people; with draws, if they were asked for.
    planned, completed : Dwellings
        With the dwellings that were expected, and with those that were completed.
    """

    parameters: HousingFile
    model: HousingModel
    planned: Dwellings
    completed: Dwellings

    @property
    def housing(self) -> Housing:
        """The dwellings completed, against the reference path of those planned."""
        return Housing(self.model, self.completed, reference=self.planned)


def baerum_parameters(path: Path = FILE) -> HousingFile:
    """The parameter file."""
    return HousingFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def baerum_housing(
    trend: Accounts, *, draws: int = 0, seed: int = 1, parameters: HousingFile | None = None
) -> BaerumHousing:
    """Baerum's housing in 2025, calibrated to the dwellings vacated."""
    known = baerum_parameters() if parameters is None else parameters
    year = known.jump_off
    ages = trend.population["age"].values
    headship = default_headship(ages)
    people = trend.population.sel(year=year, drop=True)
    occupied = households_of(people, headship) * known.stock.shares.array
    stock = (occupied / (1.0 - known.stock.vacancy.value)).assign_attrs(units="dwellings")
    lag = _drawn(known.occupancy.lag, draws, seed, 1)
    planned, completed = (
        _dwellings(stock, known, figure, lag=lag)
        for figure in (known.dwellings_2025.planned, known.dwellings_2025.completed)
    )
    releases = default_releases(headship)
    market = market_from_vacated(
        stock,
        vacated=known.dwellings_2025.vacated.value,
        released=trend_openings(trend, releases, year=year),
        occupied_change=float(
            _dwellings(stock, known, known.dwellings_2025.planned, lag=_fixed(known)).occupied_change.sum()
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
    return BaerumHousing(known, model, planned, completed)


def _drawn(figure: Figure, draws: int, seed: int, stream: int) -> xr.DataArray | float:
    if draws == 0 or figure.low is None or figure.high is None:
        return figure.value
    return pert_draws((figure.low, figure.value, figure.high), draws=draws, seed=(seed, stream))


def _fixed(known: HousingFile) -> float:
    return known.occupancy.lag.value


def _dwellings(stock: xr.DataArray, known: HousingFile, built: Figure, *, lag: xr.DataArray | float) -> Dwellings:
    year = known.jump_off
    completions = (built.value * known.new.shares.array).expand_dims(area=stock["area"].values, year=[year])
    waiting = (completions * lag).assign_coords(year=[year + 1]).reindex(year=[year, year + 1], fill_value=0.0)
    return roll_stock(
        stock,
        completions.assign_attrs(units="dwellings/year"),
        vacancy=known.stock.vacancy.value,
        awaiting=waiting.assign_attrs(units="dwellings"),
    )
