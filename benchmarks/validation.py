"""Accounts, life tables and Lee-Carter against what is published: ``python -m benchmarks.validation``.

It prints the tables of the page "Validation" that no other script prints. Official projections are in
`benchmarks.agencies`, forecasts against outcomes in `benchmarks.skill` and `benchmarks.telemark`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks import norway
from kompaslite.accounts import Accounts, imbalance
from kompaslite.assumptions import assume
from kompaslite.engine import project
from kompaslite.rates import (
    death_rates,
    fit_fertility,
    fit_migration,
    fit_mortality,
    lee_carter,
    life_table,
    residual_accounts,
)

VECTORS = norway.SHARED / "vectors"
RUNS = {
    "France, women, 1950-2006": ("fr_female_1950_2006", "female"),
    "France, men, 1950-2006": ("fr_male_1950_2006", "male"),
    "Norway, women 40-95, 1980-2023": ("no_female_40_95_1980_2023", "female"),
    "Norway, men 40-95, 1980-2023": ("no_male_40_95_1980_2023", "male"),
}


class Row(NamedTuple):
    """One line of a table."""

    what: str
    cells: int
    worst: float
    unit: str


def round_trip(observed: Accounts) -> tuple[float, int]:
    """Largest difference between accounts and their projection with their own rates, and the cells compared."""
    assumed = assume(
        fertility=fit_fertility(observed, window=None, annual=True),
        mortality=fit_mortality(observed, window=None, annual=True),
        migration=fit_migration(observed, window=None, annual=True),
        years=observed.flows["year"].values.tolist(),
    )
    again = project(observed.population.isel(year=0), assumed)
    return float(abs(again.population - observed.population).max()), int(observed.population.size)


def accounts() -> Iterator[Row]:
    """Municipalities: every cell balances, and fitted rates return the accounts."""
    rates = {"mortality": norway.mortality(), "fertility": norway.fertility(), "extrapolate": "hold"}
    people = norway.municipalities()
    whole = people.sel(area=people["area"].values[people.notna().all(["sex", "age", "year"]).values])
    residual = residual_accounts(whole.assign_attrs(units="persons"), **rates)
    cells = int(np.prod([residual.population.sizes[dim] for dim in ("area", "sex", "age")])) * (whole.sizes["year"] - 1)
    name = f"{whole.sizes['area']} municipalities, populations only: largest imbalance of a cell"
    yield Row(name, cells, float(abs(imbalance(residual)).max()), "persons")
    published = norway.telemark()
    people = norway.municipalities(published["area"].values.tolist())
    telemark = residual_accounts(Accounts(people, published.drop_vars("adjustment")), **rates)
    yield Row("Telemark, published totals: largest imbalance of a cell", people.size, _balance(telemark), "persons")
    gap, cells = round_trip(telemark)
    yield Row("Telemark, rates fitted by year and projected: largest difference", cells, gap, "persons")


def _balance(observed: Accounts) -> float:
    return float(abs(imbalance(observed)).max())


def life_tables() -> Iterator[Row]:
    """Norwegian women 1960-2020 against the published life tables of the Human Mortality Database."""
    path = VECTORS / "norway_1960_2023" / "hmd_female_life_table_published.csv.gz"
    published = pd.read_csv(path).set_index(["age", "year"]).to_xarray()
    table = life_table(published["mx"].assign_coords(sex="female"))
    for age in (0, 65, 80):
        gap = abs(table["e"] - published["ex"]).sel(age=age)
        yield Row(f"from published rates: life expectancy at age {age}", gap.size, float(gap.max()), "years")
    women = norway.deaths_and_population().sel(sex="female", drop=True)
    rates = death_rates(
        women["deaths"].sel(year=slice(1960, 2020)),
        women["population_1jan"].sel(year=slice(1960, 2021)),
        open_age=100,
    )
    ours = life_table(rates.assign_coords(sex="female"))["e"].sel(age=0)
    gap = abs(ours - published["ex"].sel(age=0))
    yield Row("from deaths and populations: life expectancy at birth", gap.size, float(gap.max()), "years")


def lee_carter_runs() -> Iterator[Row]:
    """Level, forecast and limits against the R package demography 2.0."""
    folder = VECTORS / "lee_carter"
    for name, (run, sex) in RUNS.items():
        data = pd.read_csv(folder / f"{run}_data.csv").set_index(["age", "year"]).to_xarray()
        for adjust in ("none", "dt", "dxt"):
            model = lee_carter(data["mx"].assign_coords(sex=sex), exposure=data["pop"], adjust=adjust)
            theirs = _read(folder, run, "kt", adjust)["kt"].to_numpy()
            ahead = model.forecast(20)
            forecast = _read(folder, run, "forecast", adjust)
            forecast = forecast[forecast["jump"] == "fit"]
            worst = max(
                float(np.abs(model.kt.values - theirs).max()),
                float(np.abs(ahead["kt"].values - forecast["kt"].to_numpy()).max()),
                float(np.abs(ahead["kt_upper"].values - forecast["kt_hi80"].to_numpy()).max()),
            )
            yield Row(f"{name}, adjust {adjust}", theirs.size + 40, worst, "units of kt")


def _read(folder: Path, run: str, part: str, adjust: str) -> pd.DataFrame:
    table = pd.read_csv(folder / f"{run}_{part}.csv")
    return table[table["adjust"] == adjust]


def main() -> None:
    """Print the tables in Markdown."""
    for title, rows in (("Accounts", accounts()), ("Life tables", life_tables()), ("Lee-Carter", lee_carter_runs())):
        print(f"\n{title}\n\n| what | figures | worst difference | |\n|---|---:|---:|---|")
        for row in rows:
            print(f"| {row.what} | {row.cells:,} | {row.worst:.2g} | {row.unit} |")


if __name__ == "__main__":
    main()
