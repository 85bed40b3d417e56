"""Fit the parametric schedules of the Baerum example on national figures, and print the parameters.

Run ``python -m benchmarks.schedules [FOLDER]`` with the folder of real statistics (default ``../shared/data``). The
result stands in ``kompaslite/methods/norway.py``; nothing of the figures themselves does.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.datasets import load_example
from kompaslite.methods import norway
from kompaslite.rates import (
    FittedSchedule,
    fit_schedule,
    heligman_pollard,
    peristera_kostaki,
    rogers_castro,
    sex_ratio_by_age,
)
from kompaslite.rates.parametric import STARTS, Ages, Parameters

#: What net figures do not tell of Baerum.
ASSUMED = load_example("baerum").note.about.assumed
#: Moves across county borders and from abroad by age, 2010, and the same into Akershus. Statistics Norway,
#: Flyttinger, table 3, 5 May 2011.
MOVE_GROUPS = ["0-5", "6-15", "16-19", "20-29", "30-39", "40-49", "50-59", "60-66", "67+"]
MOVES_NORWAY = [17_606, 13_583, 13_831, 79_079, 40_852, 18_282, 9_039, 3_672, 2_953]
MOVES_INTO_AKERSHUS = [3_512, 2_103, 1_479, 9_117, 7_338, 3_080, 1_442, 584, 538]

#: Parameters of mortality that are not fitted.
FIXED = {"B": 1.0, "F": 22.0}


def by_age(values: pd.Series) -> xr.DataArray:
    """A table column with the age as index."""
    return xr.DataArray(values.to_numpy(dtype=float), coords={"age": values.index.to_numpy()}, dims=["age"])


def national(folder: Path, year: int) -> pd.DataFrame:
    """Norway by sex (columns) and age to 105+."""
    table = pd.read_csv(folder / "population_norway_age_sex_1986_2026.csv.gz")
    table = table[table["year"] == year].assign(age=lambda rows: rows["age"].clip(upper=105))
    return table.pivot_table(index="age", columns="sex", values="population", aggfunc="sum")


def fertility(folder: Path) -> FittedSchedule:
    """Human Fertility Database, Norway 2022, births per woman in completed years of age."""
    table = pd.read_csv(folder / "norway_hfd_asfr_1967_2022.csv.gz").query("year == 2022 and 13 <= age <= 54")
    return fit_schedule(by_age(table.set_index("age")["asfr"]), peristera_kostaki, offset=0.5)


def mortality(folder: Path, sex: str) -> FittedSchedule:
    """Human Mortality Database, Norway 2019-2023, deaths over person-years, weighted by deaths."""
    table = pd.read_csv(folder / "norway_hmd_population_deaths_mx_1950_2024.csv.gz")
    table = table[(table["sex"] == sex) & (table["age"] <= 104)]
    people = table.pivot_table(index="age", columns="year", values="population_1jan")
    years = range(2019, 2024)
    exposure = sum((people[year] + people[year + 1]) / 2 for year in years)
    deaths = table[table["year"].isin(years)].groupby("age")["deaths"].sum()
    central = deaths / exposure
    death = by_age(central / (1 + np.where(central.index == 0, 0.86, 0.5) * central))
    start = {name: value for name, value in STARTS[heligman_pollard].items() if name not in FIXED}
    return fit_schedule(death, simpler_mortality, start=start, weights=by_age(deaths), relative=True)


def simpler_mortality(ages: Ages, parameters: Parameters) -> xr.DataArray:
    """Heligman and Pollard, A the risk of infants and the hump at 22: few deaths of the young tell more."""
    return heligman_pollard(ages, {**parameters, **FIXED})


def decline(folder: Path) -> pd.Series:
    """Annual decline of the death rate, 1993-2023, by broad age."""
    table = pd.read_csv(folder / "norway_hmd_population_deaths_mx_1950_2024.csv.gz").query("1993 <= year <= 2024")
    table["group"] = pd.cut(table["age"], [-1, 39, 59, 69, 79, 84, 89, 94, 99, 110])
    sums = table.groupby(["group", "year"], observed=True)[["deaths", "population_1jan"]].sum()
    people = sums["population_1jan"].unstack()  # noqa: PD010
    exposure = (people + people.shift(-1, axis=1)) / 2
    rates = np.log(sums["deaths"].unstack() / exposure).loc[:, 1993:2023]  # noqa: PD010
    return rates.apply(lambda row: -np.polyfit(rates.columns, row, 1)[0], axis=1)


def moves(folder: Path, counts: list[int]) -> FittedSchedule:
    """Moves by age group, per head of the national population in the middle of 2010."""
    people = (national(folder, 2010).sum(axis=1) + national(folder, 2011).sum(axis=1)) / 2
    events = xr.DataArray(np.array(counts, dtype=float), coords={"age_group": MOVE_GROUPS}, dims=["age_group"])
    start = {"a1": 0.04, "alpha1": 0.1, "a2": 0.12, "mu2": 21.0, "alpha2": 0.12, "lambda2": 0.5, "c": 0.002}
    return fit_schedule(events, rogers_castro, exposure=by_age(people), start=start, weights=1.0 / events)


def leaving_baerum(folder: Path) -> FittedSchedule:
    """Leavers per head by age reached: arrivals by the schedule for Akershus, less net migration of 2015-2024.

    Net migration is the mean residual of the single ages of Baerum (Statistics Norway, table 07459), with the deaths
    of the example; the level of moving out is the example's.
    """
    table = pd.read_parquet(folder / "population_municipality_age_sex_2005_2026.parquet")
    table = table[(table["municipality_code"] == "3201") & table["year"].between(2015, 2025)]
    people = table.pivot_table(index="age", columns="year", values="population", aggfunc="sum")
    ages = people.index.to_numpy()
    died = norway.mortality().mean("sex").to_numpy()[1:] * ASSUMED.mortality
    start, end = people.to_numpy()[:-1, :-1], people.to_numpy()[1:, 1:]
    net = (end - start * (2 - died[:, None]) / (2 + died[:, None])).mean(axis=1)[:-1]
    heads = people.mean(axis=1).to_numpy()
    shares = norway.arrivals(ages).sum("sex").to_numpy()[1:-1]
    arrivals = ((ASSUMED.out_migration + ASSUMED.emigration) * heads.sum() + net.sum()) * shares / shares.sum()
    labels = {"age": ages[1:-1]}
    events = xr.DataArray(np.maximum(arrivals - net, 0.0), coords=labels)
    exposed = xr.DataArray(heads[1:-1], coords=labels)
    return fit_schedule(events, rogers_castro, exposure=exposed, weights=1.0 / (events + 3.0))


def sexes(folder: Path) -> FittedSchedule:
    """Males per female, Norway, 1 January 2025."""
    table = national(folder, 2025)
    weights = table["female"] * table["male"] / table.sum(axis=1)
    return fit_schedule(by_age(table["male"] / table["female"]), sex_ratio_by_age, weights=by_age(weights))


def main() -> None:
    """Print every fit."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "shared" / "data"
    fits = {
        "fertility": fertility(folder),
        "mortality female": mortality(folder, "female"),
        "mortality male": mortality(folder, "male"),
        "moves, Norway": moves(folder, MOVES_NORWAY),
        "leaving Baerum": leaving_baerum(folder),
        "moves into Akershus": moves(folder, MOVES_INTO_AKERSHUS),
        "males per female": sexes(folder),
    }
    for name, fit in fits.items():
        parameters = ", ".join(f"{key}={value:.9g}" for key, value in fit.parameters.items())
        print(f"{name}: {parameters}\n    root mean square {fit.error:.4g}, {fit.share_off:.1%} of the sum is off")
    print("decline of mortality per year:", decline(folder).round(4).to_dict())


if __name__ == "__main__":
    main()
