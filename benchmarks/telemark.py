"""Thirteen official vintages for Telemark by age group, and how they were revised: ``python -m benchmarks.telemark``.

Statistics Norway's projections (main alternative) of 2010 to 2024 are held against the outcome beside the library's
methods from the same origins, on the municipalities whose borders did not break.
"""

import argparse
import json
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.municipalities import DATA, labelled, read_population, read_sources
from benchmarks.skill import HORIZON, Record, all_methods
from kompaslite.accounts import Accounts
from kompaslite.evaluation import (
    backtest,
    common_cases,
    official_hindcasts,
    revisions,
    score,
    sum_groups,
    sum_over_sex_age,
)

VINTAGES = DATA / "ssb_projections_telemark_vintages_2005_2026.csv.gz"
#: Two municipalities that became one, 4020, in 2020; vintages before and after carry them apart.
MERGED = {"0821": "4020", "0822": "4020"}
GROUPS = ("0", "1-5", "6-12", "13-15", "16-19", "20-66", "67-79", "80-89", "90+")
#: Published since the vintage of 2014 only.
FINER = ("20-44", "45-66")


def read_vintages() -> xr.DataArray:
    """Projections of the municipalities, main alternative, ``(origin, area, age_group, year)``, NaN where absent."""
    frame = pd.read_csv(VINTAGES, dtype={"region_code": str})
    frame = frame[(frame["alternative"] == "MMMM") & ~frame["region_code"].isin(["0", "38", "40"])]
    frame = frame.assign(area=frame["region_code"].replace(MERGED))
    frame = frame.groupby(["vintage", "area", "age_group", "year"], as_index=False)["population"].sum()
    dims = {"vintage": "origin", "area": "area", "age_group": "age_group", "year": "year"}
    table = labelled(frame, dims, "population")
    whole = table.sel(age_group="20-66", drop=True)
    parts = table.sel(age_group=list(FINER)).sum("age_group", skipna=False)
    table.loc[{"age_group": "20-66"}] = whole.fillna(parts)
    return table


def compared(observed: Accounts, vintages: xr.DataArray) -> Iterator[Record]:
    """Persons-weighted error by age group of the vintages and of every method from the same origins."""
    sources = read_sources()
    made = {}
    for name, (method, needed) in all_methods().items():
        if observed.years[0] + needed <= vintages["origin"].values[0]:
            origins = vintages["origin"].values.tolist()
            made[name] = backtest(observed, method, origins=origins, horizon=HORIZON, sources=sources)
    for groups in (GROUPS, FINER):
        outcome = sum_groups(observed.population.sum("sex"), groups)
        published = official_hindcasts(vintages.sel(age_group=list(groups)), outcome, leads=HORIZON)
        for name, hindcasts in made.items():
            mine = hindcasts.sel(area=published["area"].values).map(sum_groups, keep_attrs=True, groups=groups)
            pair = common_cases(sum_over_sex_age(mine, keep=["age_group"]), published)
            yield from by_group(pair[0], name)
        yield from by_group(pair[1], "official")


def by_group(hindcasts: xr.Dataset, method: str) -> Iterator[Record]:
    """Records of one method."""
    found = score(hindcasts, by=("lead", "age_group"), measures=["wape", "bias"])
    for measure in ("wape", "bias"):
        table = found[measure].to_series().dropna()
        for (lead, group), value in table.items():
            yield {"method": method, "measure": measure, "lead": lead, "age_group": group, "value": float(value)}


def shown(records: list[Record], lead: int) -> pd.DataFrame:
    """Persons-weighted errors at one lead, methods in columns."""
    frame = pd.DataFrame(records)
    frame = frame[(frame["lead"] == lead) & (frame["measure"] == "wape")]
    return frame.pivot_table(index="age_group", columns="method", values="value", sort=False).round(2)


def revised(vintages: xr.DataArray, observed: Accounts) -> pd.DataFrame:
    """Forecasts for given years of all municipalities together, vintage by vintage, in per cent of the outcome."""
    total = vintages.sel(age_group=list(GROUPS)).sum(["age_group", "area"], skipna=False)
    outcome = observed.population.sum(["sex", "age", "area"])
    found = revisions(total, actual=outcome)
    years = [2020, 2025, 2026, 2030]
    error = (100 * found["error"] / (found["forecast"] - found["error"])).sel(year=[y for y in years if y <= 2026])
    table = pd.concat(
        {
            "forecast": found["forecast"].sel(year=years).to_pandas().round(0),
            "revision, %": found["percent"].sel(year=years).to_pandas().round(2),
            "error, %": error.to_pandas().round(2),
        },
        axis=1,
    )
    return table.replace({np.nan: ""})


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.telemark", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="records on standard output instead of tables")
    given = parser.parse_args()
    observed = read_population()
    whole = read_vintages()
    areas = [code for code in whole["area"].values.tolist() if code in observed.population["area"].values]
    vintages = whole.sel(area=areas)
    print(f"{len(areas)} of {whole.sizes['area']} municipalities have unbroken borders", file=sys.stderr)
    records = list(compared(observed, vintages.sel(origin=slice(2010, 2024))))
    if given.json:
        print(json.dumps(records))
        return
    for lead in (1, 5, 10):
        print(f"\nPersons-weighted error, per cent, lead {lead}\n{shown(records, lead).to_string()}")
    together = Accounts(observed.population.sel(area=areas))
    table = revised(vintages, together).to_string()
    print(f"\nStatistics Norway's vintages, {len(areas)} municipalities together\n{table}")


if __name__ == "__main__":
    main()
