"""What one more dwelling adds: the panel of Telemark, and Baerum's deviation, as a page of the documentation.

``python -m benchmarks.additionality docs`` writes ``docs/additionality.md`` from the official tables beside the
checkout; without an argument it prints the page.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import xarray as xr

import kompaslite.housing as kh
from kompaslite.accounts import Accounts, known_at
from kompaslite.datasets import load_example
from kompaslite.engine import project
from kompaslite.housing.figures import fit_housing

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "additionality.md"
FIRST, LAST, DRAWS, REPLICATIONS = 2002, 2025, 2000, 9999
#: Structural yield of the accounts: e / (e + h) = 0.70 times 2.3 persons per household from outside.
STRUCTURAL = 1.6

TEXT = """# What one more dwelling adds

*Made by `python -m benchmarks.additionality docs` from official statistics of 17 municipalities in Telemark,
{first}-{last}; do not edit.*

The accounts of the housing market say who fills an opening on average: most vacancy chains end with a household from
outside. That is the **structural** multiplier. It is not what one more dwelling brings. Where more is built, part of
those who move in would have come anyway, to another dwelling of the municipality, and others would have come later. To
see what is added, municipalities and years are compared: when a municipality builds more than it usually does, in a
year when others do not, does it gain more people?

## The panel

Persons and completed dwellings per inhabitant, 17 municipalities, effects of every municipality and every year taken
out, lags of 0 to 2 years, intervals of 95 % clustered by municipality: Student's t with 16 degrees of freedom, and the
wild cluster bootstrap (Webb's weights, {replications:,} samples), which few clusters ask for. Persons per completed
dwelling:

{panel}

In words: in the three years from completion on, one more dwelling goes with {total} persons more by net
migration; {came} of them is more people arriving, the rest is fewer leaving. The interval holds nothing at all as well
as a third of what the accounts say. That is why housing acts on net migration here, in and out, and why additionality
is a draw and not a number.

An earlier study of the same panel found 0.13 (-0.07, 0.34) in the year of completion and 0.36
(-0.12, 0.83) in three years.

## In the model

A structural yield of {structural} persons per dwelling and {total} persons in three years make an additionality of
{kappa}. The model's default is wider and higher, 0.35 (0.05 to 0.90): three years are
few, and a municipality beside a city is another market than Telemark. `additionality_draws` gives the hump between
these bounds (PERT, mean 0.39), and with `evidence=(estimate, standard_error)` the same hump narrowed by an estimate.

`fit_additionality` makes the estimate from your own tables.

## Two numbers for Baerum

One more dwelling of the mix that Baerum builds, persons, mean and 90 % interval over {draws:,} draws:

{yields}

The forecast of 2025 with 408 dwellings completed instead of 582 planned, persons on 1 January 2026. The deviation of
the municipality's forecast was -217:

{effects}

By age group. The plan's part comes out of the model, so it is called *modelled* and has an interval; what is left is
not explained by dwellings:

{groups}

None of this says that dwellings improve a forecast of one to three years: in the earlier study they did not, out of
sample. They are for scenarios, for zones, and for saying what part of a deviation a plan can have.
"""


def telemark() -> dict[str, xr.DataArray]:
    """Flows, population and completions, ``(area, year)``."""
    text = {"municipality_code": str}
    built = pd.read_csv(DATA / "telemark_dwellings_started_completed_2000_2025.csv.gz", dtype=text)
    moved = pd.read_csv(DATA / "telemark_components_1997_2025.csv", dtype=text)
    moved = moved.set_index(["municipality_code", "year"]).rename_axis(index={"municipality_code": "area"})
    done = built[built["status"] == "completed"].groupby(["municipality_code", "year"])["dwellings"].sum()
    arrays = {
        "arrivals": moved["in_migration_domestic"] + moved["immigration"],
        "leavers": moved["out_migration_domestic"] + moved["emigration"],
        "growth": moved["population_31dec"] - moved["population_1jan"],
        "population": moved["population_1jan"],
        "completions": done.rename_axis(index={"municipality_code": "area"}),
    }
    found = {name: xr.DataArray.from_series(values).astype(float) for name, values in arrays.items()}
    found["completions"] = found["completions"].sel(area=found["population"]["area"].values)
    found["net migration"] = found["arrivals"] - found["leavers"]
    return found


def panel() -> dict[str, dict[str, kh.PanelFit]]:
    """Fits by flow, with Student's and with bootstrapped intervals."""
    data = telemark()
    years = slice(FIRST, LAST)
    fits: dict[str, dict[str, kh.PanelFit]] = {}
    for name in ("net migration", "arrivals", "leavers", "growth"):
        known = (data[name].sel(year=years), data["completions"], data["population"].sel(year=years))
        fits[name] = {
            "t": kh.fit_additionality(*known),
            "wild": kh.fit_additionality(*known, replications=REPLICATIONS, seed=1),
        }
    return fits


def panel_table(fits: dict[str, dict[str, kh.PanelFit]]) -> str:
    """The panel as a table."""
    rows = ["| | in the year | a year later | two years later | together (t) | together (wild bootstrap) |"]
    rows.append("|---|---|---|---|---|---|")
    for name, both in fits.items():
        effects = " | ".join(map(str, both["t"].effects))
        rows.append(f"| {name} | {effects} | {both['t'].total} | {both['wild'].total} |")
    return "\n".join(rows)


def stats(values: xr.DataArray, digits: int) -> str:
    """Mean and interval."""
    found = kh.mean_and_interval(values)
    mean, low, high = (float(found[name].squeeze()) for name in ("mean", "low", "high"))
    return f"{mean:.{digits}f} ({low:.{digits}f}, {high:.{digits}f})"


def baerum() -> dict[str, str]:
    """Yields, effects and age groups of Baerum as tables."""
    example = load_example("baerum")
    rates = example.method(known_at(example.observed, 2025), [2025])
    start = example.observed.population.sel(year=2025)
    trend = project(start, rates)
    housing = fit_housing(example.housing, trend, draws=DRAWS)
    mixed = (kh.housing_yield(housing.model) * housing.parameters.new.shares.array).sum("dwelling_type")
    completed, _ = kh.project_with_housing(start, rates, housing.housing, trend=trend)
    whole = replace(housing.housing, model=replace(housing.model, additionality=1.0))
    structural, _ = kh.project_with_housing(start, rates, whole, trend=trend)
    deviation = example.note.deviation["deviation"].to_dict()
    table = kh.plan_deviation(trend, completed, deviation, year=2026).round(1)
    return {
        "yields": "| structural | effective |\n|---|---|\n"
        f"| {stats(mixed.structural, 2)} | {stats(mixed.effective, 2)} |",
        "effects": "\n".join(
            [
                "| | persons | earlier study |",
                "|---|---|---|",
                f"| structural | {stats(gained(structural, trend), 0)} | -197 (-287, -128) |",
                f"| with additionality | {stats(gained(completed, trend), 0)} | -76 (-155, -24) |",
            ]
        ),
        "groups": groups_table(table),
    }


def gained(accounts: Accounts, trend: Accounts) -> xr.DataArray:
    """Persons more on 1 January 2026."""
    return (accounts.population - trend.population).sel(year=2026).sum(["area", "sex", "age"])


def groups_table(table: pd.DataFrame) -> str:
    """Age groups as a table."""
    rows = ["| " + " | ".join(["age", *table.columns]) + " |", "|" + "---|" * (len(table.columns) + 1)]
    for name, row in table.iterrows():
        rows.append(f"| {name} | {row.iloc[0]:.0f} | " + " | ".join(f"{value:.1f}" for value in row.iloc[1:]) + " |")
    return "\n".join(rows)


def page() -> str:
    """The whole page."""
    fits = panel()
    net = fits["net migration"]["wild"].total
    kappa = kh.Estimate(net.value / STRUCTURAL, net.low / STRUCTURAL, net.high / STRUCTURAL, net.level)
    return TEXT.format(
        first=FIRST,
        last=LAST,
        replications=REPLICATIONS,
        panel=panel_table(fits),
        total=net,
        came=f"{fits['arrivals']['t'].total.value:.2f}",
        structural=STRUCTURAL,
        kappa=kappa,
        draws=DRAWS,
        **baerum(),
    )


def main() -> None:
    """Print the page, or write it."""
    text = page()
    if sys.argv[1:] == ["docs"]:
        PAGE.write_text(text, encoding="utf-8")
        print(f"written: {PAGE.relative_to(PAGE.parents[1])}")
    else:
        print(text)


if __name__ == "__main__":
    main()
