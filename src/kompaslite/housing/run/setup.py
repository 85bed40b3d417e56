"""What is assumed about housing: who fills an opening, who moves in, what is built, and what is given instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import Convention, Layout
from kompaslite.housing.data.dwellings import Dwellings, standing_still
from kompaslite.housing.data.headship import check_headship, default_headship, default_releases
from kompaslite.housing.data.occupancy import check_occupancy, default_occupancy
from kompaslite.housing.labels import HousingError, conform_housing, to_array
from kompaslite.housing.market.additionality import ADDITIONALITY
from kompaslite.housing.market.market import Array, check_market
from kompaslite.schema import (
    OUTER,
    SchemaError,
    common_scalars,
    reject,
    require_dims,
    require_labels,
    require_values,
    short_list,
)

_SHARES = ("additionality", "in_share", "pass_through")


@dataclass(frozen=True, slots=True, eq=False)
class HousingModel:
    """How dwellings become people.

    Parameters
    ----------
    market : xr.Dataset
        Who fills an opening, as `check_market` takes it: ``external``, ``new``, ``moves``.
    occupancy : xr.DataArray
        Persons per household that moves in, ``(..., dwelling_type, generation, sex, age)``.
    headship : xr.DataArray
        Households per person, ``(..., [area], [sex], age)``: one table for in-movers, leavers and ageing.
    releases : xr.Dataset
        Dwellings that a leaver (``moves``) and a death (``deaths``) set free, by age.
    additionality : xr.DataArray or float
        Share of the structural effect of a dwelling beyond the reference path that adds to the population; may carry
        draws.
    in_share : xr.DataArray or float
        Share of that effect that comes by more people moving in, in the ages of the moving generations; the rest comes
        by the factor r, in times r and out by 1/r, so that fewer leave too.
    pass_through : xr.DataArray or float
        0: households follow the trend and the dwellings beyond the reference path. 1: households equal the occupied
        stock, at the level of headship at which they do so at the start. In between in proportion. May differ by area.
    apart : xr.DataArray, optional
        Communal residents and students, persons or shares, as `private_persons` takes them.
    young_years : int
        Years in which a vacated dwelling is filled by the next generation, before the later one.

    Raises
    ------
    SchemaError
        If a share is not between 0 and 1, or labels do not fit together.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.housing import even_market
    >>> stock = xr.DataArray([[90.0, 10.0]], coords={"area": ["Lia"], "dwelling_type": ["row", "block"]})
    >>> model = HousingModel.with_defaults(even_market(stock, external=0.5, new=0.2))
    >>> model.additionality
    0.35
    """

    market: xr.Dataset
    occupancy: xr.DataArray
    headship: xr.DataArray
    releases: xr.Dataset
    additionality: xr.DataArray | float = ADDITIONALITY[1]
    in_share: xr.DataArray | float = 0.5
    pass_through: xr.DataArray | float = 0.0
    apart: xr.DataArray | None = None
    young_years: int = 10

    def __post_init__(self) -> None:
        market = check_market(self.market)
        occupancy = check_occupancy(self.occupancy)
        types = market["dwelling_type"].values
        _require_profiles(occupancy, market)
        object.__setattr__(self, "market", market)
        object.__setattr__(self, "occupancy", require_labels(occupancy, "dwelling_type", types, "occupancy"))
        object.__setattr__(self, "headship", check_headship(self.headship))
        object.__setattr__(self, "releases", _checked_releases(self.releases))
        for name in _SHARES:
            _check_share(name, getattr(self, name))
        for name in ("market", "occupancy", "headship", "releases"):
            _require_no_year(getattr(self, name), name)
        if self.young_years < 0:
            raise SchemaError(f"young_years is {self.young_years}. Give years from 0 on.")

    @classmethod
    def with_defaults(
        cls,
        market: xr.Dataset,
        *,
        occupancy: xr.DataArray | None = None,
        headship: xr.DataArray | None = None,
        additionality: xr.DataArray | float = ADDITIONALITY[1],
        pass_through: xr.DataArray | float = 0.0,
    ) -> "HousingModel":
        """A model with the known figures where nothing else is given.

        Parameters
        ----------
        market : xr.Dataset
            Who fills an opening.
        occupancy, headship : xr.DataArray, optional
            Instead of `default_occupancy` (of the types of the market) and `default_headship`.
        additionality, pass_through : xr.DataArray or float
            As for the class.

        Returns
        -------
        HousingModel
        """
        if occupancy is None:
            known = default_occupancy()
            _require_profiles(known, market)
            occupancy = known.sel(dwelling_type=market["dwelling_type"].values)
        rates = default_headship(occupancy["age"].values) if headship is None else headship
        return cls(
            market=market,
            occupancy=occupancy,
            headship=rates,
            releases=default_releases(rates),
            additionality=additionality,
            pass_through=pass_through,
        )


def _require_profiles(occupancy: xr.DataArray, market: xr.Dataset) -> None:
    known = occupancy["dwelling_type"].values.tolist()
    missing = [kind for kind in market["dwelling_type"].values.tolist() if kind not in known]
    if missing:
        areas = short_list(market["area"].values.tolist())
        raise SchemaError(
            f"occupancy: dwelling_type {missing[0]} of area {areas} has no profile of "
            f"movers, in any year; there are profiles of {', '.join(known)}. Add persons per household by generation, "
            "sex and age for it."
        )


def _require_no_year(part: xr.Dataset | xr.DataArray, name: str) -> None:
    if "year" in part.dims:
        years = part["year"].values
        raise SchemaError(
            f"{name}: it differs by year, from {years[0]} to {years[-1]}, for every area and dwelling_type, and the "
            "model has one for all years. Select a year with .sel(year=...), or run a scenario for each."
        )


def _checked_releases(releases: xr.Dataset) -> xr.Dataset:
    checked = {}
    for name in ("moves", "deaths"):
        if name not in releases:
            raise SchemaError(
                f"releases: {name} is missing. Give dwellings per leaver and per death; see default_releases."
            )
        require_dims(releases[name], f"releases {name}", needed=("age",))
        require_values(releases[name], f"releases {name}", low=0.0, high=1.0, words="are not dwellings per person")
        checked[name] = conform_housing(releases[name], f"releases {name}")
    return xr.Dataset(checked)


def _check_share(name: str, value: xr.DataArray | float) -> None:
    array = value if isinstance(value, xr.DataArray) else xr.DataArray(float(value))
    require_dims(array, name, allowed=OUTER)
    require_values(array, name, low=0.0, high=1.0, words="are not shares between 0 and 1", mend="35 % is 0.35.")


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
    words = "given: in-movers and population are both given at {cell}. Give one of them there."
    reject_years(both, layout, words)
    return arriving, people, _totals(given.total, layout, bounds, housed=~(np.isfinite(arriving) | np.isfinite(people)))


def _totals(given: xr.DataArray | None, layout: Layout, bounds: Array, *, housed: np.ndarray) -> Array:
    if given is None or "area" in given.dims:
        totals = _partly(given, layout, "total", bounds[1:])
        words = "given total: in-movers or population are given too at {cell}. Give one of them there."
        reject_years(np.isfinite(totals) & ~housed, layout, words)
        return totals
    require_dims(given, "given total", needed=("year",), allowed=OUTER)
    common_scalars({"given total": given, "the projection": xr.Dataset(coords=dict(layout.outer))})
    require_values(given.fillna(0.0), "given total", low=0.0, words="are not counts of at least 0")
    words = "given total: {bad} numbers are of years that the projection does not set; the first is {cell}."
    strange = given.notnull() & ~given["year"].isin(bounds[1:])
    reject(strange, None, words, f"Give years from {bounds[1]} to {bounds[-1]}.", error=HousingError)
    alone = given.expand_dims(area=layout.outer["area"][:1])
    return _partly(alone, layout, "total", bounds[1:])[:, :, :1]


def _partly(array: xr.DataArray | None, layout: Layout, name: str, years: Array) -> Array:
    """Numbers given for some zones and years, NaN elsewhere, ``[year, lead, zone]``."""
    if array is None:
        return np.full((1, 1, 1), np.nan)
    require_dims(array, f"given {name}", needed=("area", "year"), allowed=OUTER)
    words = ": {bad} numbers are of zones or years that the projection does not set; the first is {cell}."
    strange = array.notnull() & ~(array["area"].isin(layout.outer["area"]) & array["year"].isin(years))
    mend = f"Give zones of the projection and years from {years[0]} to {years[-1]}."
    reject(strange, None, f"given {name}{words}", mend, error=HousingError)
    require_values(array.fillna(0.0), f"given {name}", low=0.0, words="are not counts of at least 0")
    full = array.reindex(area=layout.outer["area"], year=years)
    return to_array(full, layout, f"given {name}", years=years)


def reject_years(bad: np.ndarray, layout: Layout, words: str) -> None:
    """Raise for the first zone and year of bare booleans ``[year, lead, zone]``."""
    full = np.broadcast_to(bad.any(axis=1), (layout.years.size, len(layout.outer["area"])))
    by_year = xr.DataArray(full, coords={"year": layout.years, "area": layout.outer["area"]}, dims=("year", "area"))
    reject(by_year, None, words, error=HousingError)


@dataclass(frozen=True, slots=True, eq=False)
class Housing:
    """Dwellings of a forecast and how they become people: what `project_with_housing` needs beside the assumptions.

    Parameters
    ----------
    model : HousingModel
        How dwellings become people.
    dwellings : Dwellings
        Of the scenario.
    reference : Dwellings, optional
        The path of dwellings that the trend goes with; if not given, the stock stays as it is at the start.
    given : Given
        Zones and years whose in-movers or population are given instead, and control totals.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.housing import build, even_market
    >>> key = {"area": ["Lia"], "dwelling_type": ["row"]}
    >>> stock = xr.DataArray([[100.0]], coords=key, attrs={"units": "dwellings"})
    >>> built = xr.DataArray([[[8.0]]], coords=key | {"year": [2026]}, attrs={"units": "dwellings/year"})
    >>> model = HousingModel.with_defaults(even_market(stock, external=0.5, new=0.2))
    >>> Housing(model, build(stock, built)).reference.stock.values
    array([[[100., 100.]]])
    """

    model: HousingModel
    dwellings: Dwellings
    reference: Dwellings | None = None
    given: Given = field(default_factory=Given)

    def __post_init__(self) -> None:
        if self.reference is None:
            object.__setattr__(self, "reference", standing_still(self.dwellings))


@dataclass(frozen=True, slots=True, eq=False)
class HousingSetup:
    """Housing in one forecast: with the trend, the assumptions and the convention of that forecast."""

    housing: Housing
    trend: Accounts
    assumptions: xr.Dataset
    convention: Convention = Convention.mean_exposure

    @property
    def model(self) -> HousingModel:
        """How dwellings become people."""
        return self.housing.model

    @property
    def reference(self) -> Dwellings:
        """The reference path, which `Housing` always has."""
        path = self.housing.reference
        assert path is not None
        return path

    @property
    def outer(self) -> Mapping[str, np.ndarray]:
        """Outer dimensions that housing carries, with their labels."""
        found: dict[str, np.ndarray] = {}
        for array in self._arrays():
            for dim in array.dims:
                if dim in OUTER:
                    found.setdefault(str(dim), array[dim].values)
        return {dim: found[dim] for dim in OUTER if dim in found}

    def _arrays(self) -> list[xr.DataArray]:
        model, given = self.model, self.housing.given
        shares = [model.additionality, model.in_share, model.pass_through]
        arrays = [value for value in shares if isinstance(value, xr.DataArray)]
        numbers = (given.in_movers, given.population, given.total)
        # numbers may be given for some of the areas only
        arrays += [value.isel(area=0) if "area" in value.dims else value for value in numbers if value is not None]
        arrays += [model.occupancy, model.headship, *model.market.data_vars.values(), self.trend.population]
        for dwellings in (self.housing.dwellings, self.reference):
            arrays += [dwellings.stock, dwellings.vacancy, dwellings.awaiting, *dwellings.flows.data_vars.values()]
        return arrays
