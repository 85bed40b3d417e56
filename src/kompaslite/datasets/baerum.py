"""Baerum from its population note alone: accounts of 2025 by single age, dwellings, and a method; examples by name."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts, check_balance
from kompaslite.datasets import norway
from kompaslite.datasets.note import Note, baerum_note
from kompaslite.datasets.outlook import WINDOWS, NoteMethod, calibrated
from kompaslite.engine import project
from kompaslite.rates import graduate, residual_accounts
from kompaslite.schema import PERSONS, SchemaError, count_unit

AREA = "3201"
OPEN_AGE = 105
_HARDLY_ANY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What a municipality knows when it makes its forecast.

    Parameters
    ----------
    note : Note
        The printed figures.
    observed : Accounts
        Population on 1 January 2025 and 2026 by sex and single age, and the flows of 2025, of one ``area``.
    dwellings : xr.Dataset
        ``expected``, ``completed`` and ``vacated_expected`` dwellings, ``(area, year)``.
    method : NoteMethod
        ``method(observed, years)`` gives assumptions from what the note knew before the first year.
    """

    note: Note
    observed: Accounts
    dwellings: xr.Dataset
    method: NoteMethod


def baerum() -> Example:
    """Baerum on 1 January 2026."""
    note = baerum_note()
    return Example(
        note=note,
        observed=check_balance(_accounts(note)),
        dwellings=_dwellings(note),
        method=NoteMethod(components=note.components, windows=WINDOWS),
    )


def _accounts(note: Note) -> Accounts:
    ages = np.arange(OPEN_AGE + 1)
    groups = note.deviation.drop(index="total")
    first = _people(groups["start"], norway.reference_population(ages))
    levels = {str(name): float(column.loc[2025]) for name, column in note.components.items()}
    expected = project(first, calibrated(first, [2025], levels))
    second = _people(groups["actual"], expected.population.sel(year=2026, drop=True))
    population = xr.concat([first, second], dim=xr.Variable("year", [2025, 2026]))
    totals = {name: _total(float(expected.flows[name].sum())) for name in ("out_migration", "emigration")}
    totals |= {
        "in_migration": totals["out_migration"] + levels["net_in_migration"],
        "immigration": totals["emigration"] + levels["net_immigration"],
    }
    totals |= _vital(second, levels["natural_increase"])
    known = {name: total.assign_attrs(units=count_unit()) for name, total in totals.items()}
    return residual_accounts(
        Accounts(population.transpose("area", "sex", "age", "year").assign_attrs(units=PERSONS), xr.Dataset(known)),
        mortality=_death_rates(ages),
        fertility=norway.fertility(),
        movers=_movers(expected),
    )


def _people(groups: pd.Series, reference: xr.DataArray) -> xr.DataArray:
    totals = xr.DataArray(groups.to_numpy(dtype=float), coords={"age_group": groups.index.tolist()})
    if "area" in reference.dims:
        reference = reference.sel(area=AREA, drop=True)
    people = graduate(totals, open_age=OPEN_AGE, reference=reference)
    return people.expand_dims(area=[AREA]).assign_attrs(units=PERSONS).rename("population")


def _vital(second: xr.DataArray, natural_increase: float) -> dict[str, xr.DataArray]:
    infants = _death_rates(second["age"].values).sel(age=0, drop=True)
    born = second.sel(age=0, drop=True) * (1.0 + infants / (1.0 - 0.5 * infants))
    births = float(born.sum())
    return {"births": _total(births), "deaths": _total(births - natural_increase)}


def _death_rates(ages: np.ndarray) -> xr.DataArray:
    return norway.mortality(int(ages[-1]))


def _movers(expected: Accounts) -> xr.Dataset:
    """Propensities to move per head: leavers by the schedule, arrivals by theirs over the people there."""
    end = expected.population.sel(area=AREA, year=2026, drop=True)
    ages = end["age"].values
    arriving, leaving = norway.arrivals(ages) / end, norway.leaving(ages)
    curves = {"in_migration": arriving, "immigration": arriving, "out_migration": leaving, "emigration": leaving}
    return xr.Dataset({name: curve.clip(min=_HARDLY_ANY) for name, curve in curves.items()})


def _total(persons: float) -> xr.DataArray:
    return xr.DataArray([[persons]], coords={"area": [AREA], "year": [2025]}, dims=["area", "year"])


def _dwellings(note: Note) -> xr.Dataset:
    names = {
        "expected": "dwellings_expected_2025",
        "completed": "dwellings_completed_2025",
        "vacated_expected": "dwellings_vacated_2025",
    }
    arrays = {
        name: _total(note.figure(figure)).assign_attrs(units="dwellings/year", source=note.source)
        for name, figure in names.items()
    }
    return xr.Dataset(arrays)


_EXAMPLES = {"baerum": baerum}


def load_example(name: str) -> Example:
    """An example that comes with the library.

    Parameters
    ----------
    name : str
        ``"baerum"``: the municipality west of Oslo, from its population note for 2025 alone.

    Returns
    -------
    Example
        ``note`` (the printed figures), ``observed`` (accounts by sex and single age), ``dwellings`` and ``method``.

    Raises
    ------
    SchemaError
        If there is no example of this name.

    Examples
    --------
    >>> baerum = load_example("baerum")
    >>> baerum.note.deviation.loc["total", "deviation"].item()
    -217
    >>> baerum.observed.population.sel(year=2026).sum().round(6).item()
    133228.0
    """
    if name not in _EXAMPLES:
        near = get_close_matches(str(name), _EXAMPLES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SchemaError(f"load_example: there is no example {name!r}; there is {', '.join(_EXAMPLES)}.{hint}")
    return _EXAMPLES[name]()
