"""The national choices of the default method on long national series: ``python -m benchmarks.evidence_nation``.

Migration, fertility and mortality of the nation are forecast from every year on what was known before it, and held
against what came: to 2009, the years on which a choice may be made without having seen those it is judged on, and
from 2010. Nothing of the municipalities is in it. The last part goes forward: how much the nation and the areas of
the file grow in ten years, beside the official projection of the nation.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.municipalities import DATA, labelled, read_population, read_sources, without_gaps
from benchmarks.telemark import VINTAGES
from kompaslite.accounts import Accounts
from kompaslite.methods import DefaultParameters, default, forecast_by
from kompaslite.methods.default_method.cohorts import Array, aged
from kompaslite.methods.default_method.migration import migration_ahead
from kompaslite.methods.default_method.parameters import Fertility, Mortality, NationalMigration
from kompaslite.methods.default_method.vital import fertility_ahead, mortality_ahead, survival
from kompaslite.rates import cohort_rates
from kompaslite.schema import SEXES

LEADS = (1, 3, 5, 10)
HORIZON = 10
SPLIT = 2010
#: Beyond it the early years have too few people for rates.
OPEN_AGE = 100


def mean_errors(
    error: Callable[[int, int], float], first: int, last: int, leads: tuple[int, ...] = LEADS
) -> tuple[Array, Array]:
    """Mean absolute error by lead, of targets before the split and from it; ``error(origin, lead)``."""
    early, late = [], []
    for lead in leads:
        before = [error(origin, lead) for origin in range(first, SPLIT - lead + 1)]
        after = [error(origin, lead) for origin in range(SPLIT, last - lead + 2)]
        early.append(np.mean(before))
        late.append(np.mean(after) if after else np.nan)
    return np.array(early), np.array(late)


def line(name: str, early: Array, late: Array) -> str:
    """One line of figures."""
    cells = ["".join(f"{value:8.2f}" for value in part) for part in (early, late)]
    return f"{name:36}" + " |".join(cells)


def migration_series(folder: Path) -> tuple[Array, Array]:
    """Net migration of each year and population at its start: what births and deaths do not explain of growth."""
    table = pd.read_csv(folder / "norway_hmd_population_deaths_mx_1950_2024.csv.gz")
    people = table.groupby("year")["population_1jan"].sum()
    deaths = table.groupby("year")["deaths"].sum(min_count=1).dropna()
    births = pd.read_csv(folder / "norway_births_1846_2023.csv").set_index("year")["total"]
    years = deaths.index
    net = people.shift(-1)[years] - people[years] - births[years] + deaths
    return net.to_numpy(), people[years].to_numpy()


def migration(folder: Path) -> Iterator[str]:
    """Sum of net migration over the years of the lead, per 1,000 of the population."""
    net, people = migration_series(folder)
    first = 1950
    yield f"{'migration, per 1,000':36}" + "".join(f"{lead:8d}" for lead in LEADS) + f" | from {SPLIT}"
    for mean in (10, 20, 30, 40):
        for back in (0.0, 0.5, 0.75, 0.8, 0.85, 0.9, 1.0):
            choices = NationalMigration(mean=mean, back=back, profile=1)

            def error(origin: int, lead: int, choices: NationalMigration = choices) -> float:
                known = slice(0, origin - first)
                ahead = migration_ahead(
                    net[None, None, known], people[None, None, known], np.arange(1.0, lead + 1), choices
                )
                came = (net / people)[origin - first : origin - first + lead]
                return float(1000.0 * abs((ahead[0, 0] - came).sum()))

            yield line(f"mean {mean}, back {back:g}", *mean_errors(error, 1971, first + len(net) - 1))


def fertility(folder: Path) -> Iterator[str]:
    """Level of fertility, mean over the years of the lead, per cent."""
    table = pd.read_csv(folder / "norway_hfd_asfr_1967_2022.csv.gz")
    level = table.groupby("year")["asfr"].sum()
    first, values = int(level.index[0]), level.to_numpy()
    yield f"\n{'fertility, per cent':36}" + "".join(f"{lead:8d}" for lead in LEADS) + f" | from {SPLIT}"
    for trend, step in ((1, 0.0), (3, 0.02), (3, 0.03), (3, 0.05), (5, 0.03), (8, 0.03)):
        for damping in (0.7, 0.8, 0.85, 0.9) if step else (0.85,):
            choices = Fertility(trend=trend, step=step, damping=damping)

            def error(origin: int, lead: int, choices: Fertility = choices) -> float:
                ahead = fertility_ahead(values[: origin - first], np.arange(1.0, lead + 1), choices)
                came = values[origin - first : origin - first + lead]
                return float(100.0 * abs(np.log(ahead / came)).mean())

            name = "no trend" if step == 0.0 else f"trend {trend}, step {step:g}, damping {damping:g}"
            yield line(name, *mean_errors(error, 1976, first + len(values) - 1))


def survivors(people: Array, kept: Array) -> Array:
    """People ``[sex, age]`` after the years of ``kept[sex, age, year]``, without births and moves."""
    now = people[..., None]
    for year in range(kept.shape[-1]):
        now = aged(now) * kept[..., [year]]
    return now[..., 0]


def mortality(folder: Path) -> Iterator[str]:
    """Survivors of those who are 57-69, 70-79 and 80-89 after ten years, per cent."""
    groups = {"67-79": (67, 80), "80-89": (80, 90), "90+": (90, None)}
    frame = pd.read_csv(folder / "norway_hmd_population_deaths_mx_1950_2024.csv.gz")
    dims = {"sex": "sex", "age": "age", "year": "year"}
    table = labelled(frame[frame["year"] <= 2023], dims, "mx").sel(sex=list(SEXES))
    rates = cohort_rates(without_gaps(table), open_age=OPEN_AGE)
    first, kept = int(rates["year"].values[0]), survival(rates.values)
    counts = labelled(frame, dims, "population_1jan").sel(sex=list(SEXES)).values
    people = np.concatenate([counts[:, :OPEN_AGE], counts[:, OPEN_AGE:].sum(axis=1, keepdims=True)], axis=1)
    yield f"\n{'mortality, lead 10, per cent':36}" + "".join(f"{name:>8}" for name in groups) + f" | from {SPLIT}"
    for base in (1, 2, 3, 5):
        for trend in (10, 20, 30):
            choices = Mortality(base=base, trend=trend)

            def errors(origin: int, choices: Mortality = choices) -> Array:
                i = origin - first
                ahead = survival(
                    mortality_ahead(rates.values[..., :i], people[..., i], np.arange(1.0, HORIZON + 1), choices)
                )
                left, came = (survivors(people[..., i], part) for part in (ahead, kept[..., i : i + HORIZON]))
                return np.array([100.0 * (left[:, a:b].sum() / came[:, a:b].sum() - 1.0) for a, b in groups.values()])

            parts = [range(1985, SPLIT - HORIZON + 1), range(SPLIT - HORIZON + 1, 2024 - HORIZON + 1)]
            early, late = (np.abs([errors(origin) for origin in part]).mean(axis=0) for part in parts)
            yield line(f"base {base}, trend {trend}", early, late)


def growth(observed: Accounts, mean: int) -> float:
    """Growth of all areas together in the next ten years, per cent, by the default method."""
    last = observed.years[-1]
    method = partial(default, parameters=DefaultParameters().changed("nation.mean", mean))
    made = forecast_by(method, observed, range(last, last + HORIZON), sources=read_sources()).population
    totals = made.sum([dim for dim in made.dims if dim != "year"]).values
    return float(100.0 * (totals[-1] / totals[0] - 1.0))


def forward(folder: Path) -> Iterator[str]:
    """Growth from the last year on, by the mean to which the nation's migration returns; and officially."""
    areas, nation = read_population(), read_sources().nation
    assert nation is not None
    last = nation.years[-1]
    yield f"\ngrowth {last} to {last + HORIZON}, per cent{'':10}   areas  nation"
    for mean in (20, 30, 40):
        yield f"{f'mean {mean}':36}{growth(areas, mean):8.1f}{growth(nation, mean):8.1f}"
    table = pd.read_csv(folder / VINTAGES.name, dtype={"region_code": str})
    table = table[(table["region_code"] == "0") & (table["alternative"] == "MMMM") & (table["vintage"] == last)]
    parts = table[table["age_group"] != "20-66"].groupby("year")["population"].sum()
    yield f"{'official vintage, nation':44}{100.0 * (parts[last + HORIZON] / parts[last] - 1.0):8.1f}"


def main() -> None:
    for part in (migration, fertility, mortality, forward):
        for text in part(DATA):
            print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
