"""Job "read-and-fit": 186 municipalities x 22 years from a file to fitted assumptions.

Run ``python -m benchmarks.rates --json``. Timed together, the input being prepared before: read a population table by
the area codes of each year, move it to the division of 2024, derive accounts that balance, fit fertility, mortality
and migration of every municipality, shrunk towards the nation, and put them together for 25 years.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import pandas as pd
import xarray as xr

from benchmarks import norway
from kompaslite.accounts import Accounts, check_balance
from kompaslite.assumptions import assume
from kompaslite.rates import fit_fertility, fit_migration, fit_mortality, over_years, residual_accounts
from kompaslite.rates.residual import mortality_level
from kompaslite.readers import read_population

WINDOW = 10
HORIZON = range(2026, 2051)


def prepare(folder: Path) -> tuple[Path, Path, Path]:
    """The population by the codes that were in force, its code table, and the rows of the one area that starts late.

    The statistics at hand are on the borders of 2024. Where municipalities merged, the first of the old ones carries
    everyone and the others nobody, so that sums are right and the reader has the work of a real file.
    """
    data = norway.SHARED / "data"
    people = pd.read_parquet(data / "population_municipality_age_sex_2005_2026.parquet")
    people = people.astype({"municipality_code": str, "sex": str}).drop(columns="estimated")
    codes = pd.read_csv(
        data / "municipality_code_mapping_2005_2026.csv", dtype={"code_original": str, "code_2024": str}
    )
    late = people["municipality_code"] == "1160"
    old, used = by_old_codes(people[~late], codes)
    files = folder / "population.parquet", folder / "codes.csv", folder / "late.parquet"
    old.to_parquet(files[0])
    used.to_csv(files[1], index=False)
    people[late].to_parquet(files[2])
    return files


def by_old_codes(people: pd.DataFrame, codes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same people by the codes of each year, and the rows of the code table that lead back."""
    wanted = set(people["municipality_code"])
    whole = codes.groupby("code_original")["weight"].transform("min") == 1.0
    used = codes[codes["code_2024"].isin(wanted) & whole]
    years = [
        row._replace(year_to=year)
        for row in used.itertuples(index=False)
        for year in range(row.year_from, min(row.year_to, 2026) + 1)
    ]
    parts = pd.DataFrame(years).rename(columns={"code_2024": "municipality_code", "year_to": "year"})
    parts = parts.drop_duplicates(["code_original", "year"])
    parts["carries"] = ~parts.duplicated(["municipality_code", "year"])
    joined = people.merge(parts[["municipality_code", "year", "code_original", "carries"]], how="left")
    same = joined["code_original"].isna()
    joined["code_original"] = joined["code_original"].fillna(joined["municipality_code"])
    joined["population"] = joined["population"].where(same | joined["carries"].astype("boolean").fillna(value=True), 0)
    kept = joined.loc[same, ["municipality_code", "year"]].drop_duplicates()
    own = kept.assign(code_original=kept["municipality_code"], weight=1.0, year_from=kept["year"], year_to=kept["year"])
    table = pd.concat([used, own.rename(columns={"municipality_code": "code_2024"})[used.columns]])
    rows = joined.drop(columns=["municipality_code", "carries"]).rename(columns={"code_original": "municipality_code"})
    return rows, table.drop_duplicates()


def nation() -> tuple[xr.DataArray, xr.DataArray, xr.Dataset]:
    """The nation's mortality and fertility for every year, and its net migration by age."""
    years = range(2005, 2026)
    mortality = over_years(norway.mortality(), years, name="mortality", extrapolate="hold")
    fertility = over_years(norway.fertility(), years, name="fertility", extrapolate="hold")
    people = norway.nation().sel(year=slice(2005, 2026)).sel(age=slice(0, norway.OPEN_AGE))
    accounts = residual_accounts(people, mortality=mortality, fertility=fertility)
    moves = fit_migration(accounts, window=WINDOW)["net_migration"]
    lived = people.sel(year=slice(2026 - WINDOW, 2026)).mean("year")
    return mortality, fertility, (moves / lived).assign_attrs(units="1/year").to_dataset(name="net_migration")


def fit(people: xr.DataArray, national: tuple[xr.DataArray, xr.DataArray, xr.Dataset]) -> tuple[Accounts, xr.Dataset]:
    """Balanced accounts of a population, and assumptions fitted on them."""
    mortality, fertility, moves = national
    years = people["year"].values[:-1]
    level = mortality_level(people, mortality)
    accounts = check_balance(
        residual_accounts(people, mortality=mortality.sel(year=years), fertility=fertility.sel(year=years), level=level)
    )
    many = people.sizes["area"] > 1
    assumed = assume(
        fertility=fit_fertility(accounts, window=WINDOW, shrink_to=fertility.mean("year") if many else None),
        mortality=fit_mortality(accounts),
        migration=fit_migration(accounts, window=WINDOW, shrink_to=moves if many else None),
        years=HORIZON,
    )
    return accounts, assumed


def read_and_fit(files: tuple[Path, Path, Path], national: tuple[xr.DataArray, xr.DataArray, xr.Dataset]) -> int:
    """The whole job; the number of municipalities that it did."""
    people = read_population(files[0], codes=files[1])
    late = read_population(files[2])
    done = [fit(part, national)[1] for part in (people, late)]
    return sum(assumed.sizes["area"] for assumed in done)


def main() -> None:
    """Time the job; print records, or plain words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print records instead of words")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files, national = prepare(Path(folder)), nation()
        start = time.perf_counter()
        areas = read_and_fit(files, national)
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    record = {"job": "read-and-fit", "seconds": round(seconds, 3), "peak_mib": round(peak, 1), "areas": areas}
    print(json.dumps([record]) if options.json else f"{areas} municipalities in {seconds:.2f} s, peak {peak:.0f} MiB")


if __name__ == "__main__":
    main()
