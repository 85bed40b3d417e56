"""What a population note prints, read from a folder, and accounts by single age that agree with it.

A municipality that has no tables of its own by single age has these: population by age group at two dates, components
of growth by year, and a few key figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite._checked import CheckedModel
from kompaslite.accounts import Accounts, check_balance
from kompaslite.engine import project
from kompaslite.evaluation import components_table, deviation_table
from kompaslite.methods import norway
from kompaslite.methods.component_totals import AssumedLevels, ComponentTotals, calibrated
from kompaslite.rates import graduate, residual_accounts
from kompaslite.schema import PERSONS, SchemaError, count_unit, short_list

OPEN_AGE = 105
_HARDLY_ANY = 1e-9
_PARTS = ("natural_increase", "net_immigration", "net_in_migration", "growth")
#: Words by language.
Words = Mapping[Literal["nb", "en"], str]


class NationalEntry(CheckedModel):
    """A figure of the country: a number, or the name of a key figure."""

    what: str
    year: int
    value: float | str | None = None
    change: float | str | None = None


class PrintedFile(CheckedModel):
    """What `municipality.toml` says of printed figures."""

    name: str
    area: str
    year: int
    source: str
    cited: Words
    forecaster: Words
    windows: dict[str, int]
    assumed: AssumedLevels = AssumedLevels()
    nation: tuple[NationalEntry, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PrintedNote:
    """Tables of a population note, as printed.

    Parameters
    ----------
    deviation : pd.DataFrame
        Persons by age group and in total: ``start, actual, growth, forecast, deviation``.
    components : pd.DataFrame
        Persons per year, a row for each: ``natural_increase, net_immigration, net_in_migration`` (from other
        municipalities), ``adjustment`` (what the note's components leave of its growth) and ``growth``.
    quarters : pd.DataFrame
        The same for a quarter of each year.
    key_figures : pd.DataFrame
        ``value, unit, remark`` by name.
    about : PrintedFile
        What the note is of, and how it is cited.
    """

    deviation: pd.DataFrame
    components: pd.DataFrame
    quarters: pd.DataFrame
    key_figures: pd.DataFrame
    about: PrintedFile

    @property
    def source(self) -> str:
        """Where the figures were printed."""
        return self.about.source

    @property
    def method(self) -> ComponentTotals:
        """The method for who has only totals, from the note's components."""
        return ComponentTotals(self.components, self.about.windows, self.about.assumed)

    def figure(self, name: str) -> float:
        """One of the key figures."""
        known = self.key_figures["value"].to_dict()
        if name not in known:
            raise SchemaError(f"note: there is no figure {name!r}; there are {short_list(list(known), most=20)}.")
        return float(known[name])


def read_printed(folder: Path) -> PrintedNote:
    """The printed figures of a folder, with the adjustment that a note does not print."""
    groups = _table(folder / "age_groups.csv", "age_group", ("start", "actual", "forecast"))
    rows = groups.drop(index="total")
    quarters = components_table(_table(folder / "quarters.csv", "quarter", _PARTS))
    years = _table(folder / "components.csv", "year", _PARTS)
    figures = pd.read_csv(folder / "key_figures.csv", keep_default_na=False).set_index("name")
    return PrintedNote(
        deviation=deviation_table(
            start=rows["start"],
            actual=rows["actual"],
            forecast=rows["forecast"],
            groups=rows.index.tolist(),
            forecast_total=float(groups["forecast"]["total"]),
        ),
        components=components_table(years.set_axis(years.index.astype(int))),
        quarters=quarters.rename_axis("quarter"),
        key_figures=figures,
        about=PrintedFile.read_toml(folder / "municipality.toml"),
    )


def _table(path: Path, rows: str, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype={rows: str}).set_index(rows)[list(columns)]
        return table.astype("int64")
    except (OSError, KeyError, ValueError) as error:
        words = " ".join(str(error).split())
        raise SchemaError(
            f"{path.name}: columns {rows}, {', '.join(columns)} in whole numbers are needed ({words}). "
            "Correct the table."
        ) from error


def printed_accounts(note: PrintedNote) -> Accounts:
    """Accounts of the year of a note by sex and single age, which agree with every printed figure."""
    ages, year = np.arange(OPEN_AGE + 1), note.about.year
    groups = note.deviation.drop(index="total")
    first = _people(groups["start"], norway.reference_population(ages), note)
    levels = {str(name): float(column.loc[year]) for name, column in note.components.items()}
    expected = project(first, calibrated(first, [year], levels, note.about.assumed))
    second = _people(groups["actual"], expected.population.sel(year=year + 1, drop=True), note)
    population = xr.concat([first, second], dim=xr.Variable("year", [year, year + 1]))
    totals = {name: float(expected.flows[name].sum()) for name in ("out_migration", "emigration")}
    totals |= {
        "in_migration": totals["out_migration"] + levels["net_in_migration"],
        "immigration": totals["emigration"] + levels["net_immigration"],
    }
    totals |= _vital(second, levels["natural_increase"])
    known = {name: yearly(total, note).assign_attrs(units=count_unit()) for name, total in totals.items()}
    found = residual_accounts(
        Accounts(population.transpose("area", "sex", "age", "year").assign_attrs(units=PERSONS), xr.Dataset(known)),
        mortality=norway.mortality(OPEN_AGE),
        fertility=norway.fertility(),
        movers=_movers(expected, year + 1),
    )
    return check_balance(found)


def yearly(value: float, note: PrintedNote) -> xr.DataArray:
    """A figure of the municipality in the year of the note, ``(area, year)``."""
    return xr.DataArray([[value]], coords={"area": [note.about.area], "year": [note.about.year]}, dims=["area", "year"])


def _people(groups: pd.Series, reference: xr.DataArray, note: PrintedNote) -> xr.DataArray:
    totals = xr.DataArray(groups.to_numpy(dtype=float), coords={"age_group": groups.index.tolist()})
    if "area" in reference.dims:
        reference = reference.sel(area=note.about.area, drop=True)
    people = graduate(totals, open_age=OPEN_AGE, reference=reference)
    return people.expand_dims(area=[note.about.area]).assign_attrs(units=PERSONS).rename("population")


def _vital(second: xr.DataArray, natural_increase: float) -> dict[str, float]:
    infants = norway.mortality(OPEN_AGE).sel(age=0, drop=True)
    born = float((second.sel(age=0, drop=True) * (1.0 + infants / (1.0 - 0.5 * infants))).sum())
    return {"births": born, "deaths": born - natural_increase}


def _movers(expected: Accounts, year: int) -> xr.Dataset:
    """Propensities to move per head: leavers by the schedule, arrivals by theirs over the people there."""
    end = expected.population.sel(year=year, drop=True).squeeze("area", drop=True)
    ages = end["age"].values
    arriving, leaving = norway.arrivals(ages) / end, norway.leaving(ages)
    curves = {"in_migration": arriving, "immigration": arriving, "out_migration": leaving, "emigration": leaving}
    return xr.Dataset({name: curve.clip(min=_HARDLY_ANY) for name, curve in curves.items()})
