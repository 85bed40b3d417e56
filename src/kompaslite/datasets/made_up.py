"""Municipalities that do not exist, for trying things out where no statistics are at hand."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, check_balance
from kompaslite.assumptions import assume
from kompaslite.engine import project
from kompaslite.methods import norway
from kompaslite.schema import SchemaError

_OPEN_AGE = 105
#: Inhabitants of the smallest and the largest; the others lie between, each larger by the same factor.
_SMALLEST, _LARGEST = 3_000.0, 120_000.0
#: Leavers per head and year to the rest of the country and abroad, and standard deviation of the yearly change of the
#: logarithm of the arrivals: they wander, so that no method can know them.
_OUT, _ABROAD, _WANDER = 0.057, 0.005, 0.04
#: The nation's fertility of 2022 times this.
_FERTILITY = 1.2


def made_up(number: int = 12, *, years: Sequence[int] = range(2006, 2027), seed: int = 1) -> Accounts:
    """Accounts of made-up municipalities of many sizes, whose arrivals wander.

    People age, die and have children by Norwegian schedules, and leave at constant rates. Arrivals from the rest of the
    country and from abroad wander from year to year, each municipality by itself.

    Parameters
    ----------
    number : int
        Of municipalities, at least 1.
    years : sequence of int
        1 January of each year, in order.
    seed : int
        The same seed gives the same municipalities.

    Returns
    -------
    Accounts
        Balanced, not in whole persons: population ``(area, sex, age, year)``, and births, deaths and moves. Area codes
        are ``"9901"``, ``"9902"``, ...; they grow with the size.

    Raises
    ------
    SchemaError
        If there is no municipality, or fewer than two years in a row.

    Examples
    --------
    >>> people = made_up(3, years=range(2020, 2027)).population
    >>> people["area"].values.tolist(), people.sel(year=2020).sum(["sex", "age"]).round().astype(int).values.tolist()
    (['9901', '9902', '9903'], [3000, 18974, 120000])
    """
    wanted = [int(year) for year in years]
    if number < 1 or len(wanted) < 2 or wanted != list(range(wanted[0], wanted[-1] + 1)):
        raise SchemaError(
            f"made_up: {number} municipalities over {len(wanted)} years. Give at least one, and two years in a row."
        )
    areas = [f"{9900 + i}" for i in range(1, number + 1)]
    size = xr.DataArray(np.geomspace(_SMALLEST, _LARGEST, number), coords={"area": areas})
    ages = np.arange(_OPEN_AGE + 1)
    share = norway.reference_population(ages)
    start = (size * share / share.sum()).transpose("area", "sex", "age").assign_attrs(units="persons")
    flows = wanted[:-1]
    luck = np.random.default_rng(seed).normal(0.0, _WANDER, (2, number, len(flows)))
    migration = _migration(start, np.exp(np.cumsum(luck, axis=-1)), flows)
    assumptions = assume(
        fertility=(norway.fertility() * _FERTILITY).assign_attrs(units="1/year"),
        mortality=norway.mortality(_OPEN_AGE),
        migration=migration,
        years=flows,
    )
    return check_balance(project(start, assumptions))


def _migration(start: xr.DataArray, level: np.ndarray, years: list[int]) -> xr.Dataset:
    """Constant rates of leaving; arrivals as many as leave at first, times a level that wanders."""
    ages = start["age"].values
    leaving = norway.leaving(ages)
    leaving = leaving * (float(start.sum()) / float((start * leaving).sum()))
    heads = start.sum(["sex", "age"])
    wander = xr.DataArray(level, dims=("flow", "area", "year"), coords={"area": start["area"].values, "year": years})
    coming = heads * norway.arrivals(ages) * wander
    rate, count = {"units": "1/year"}, {"units": "persons/year"}
    parts = {}
    for i, (out, into, per_head) in enumerate(
        (("out_migration", "in_migration", _OUT), ("emigration", "immigration", _ABROAD))
    ):
        parts[out] = (per_head * leaving).expand_dims(sex=start["sex"].values).assign_attrs(rate)
        arrivals = per_head * coming.isel(flow=i)
        parts[into] = arrivals.transpose("area", "sex", "age", "year").assign_attrs(count)
    return xr.Dataset(parts)
