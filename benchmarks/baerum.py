"""The default method's record in Baerum, as a page of the documentation: ``python -m benchmarks.baerum --write``."""

import argparse
from pathlib import Path

import pandas as pd
import xarray as xr

from benchmarks.municipalities import DATA, read_population, read_sources
from benchmarks.skill import FIRST, HORIZON, all_methods
from kompaslite.accounts import Accounts, known_at
from kompaslite.datasets import load_example
from kompaslite.engine import project
from kompaslite.evaluation import backtest, empirical_intervals, explain_deviation, score, sum_groups, sum_over_sex_age
from kompaslite.housing import plan_deviation, project_with_housing
from kompaslite.housing.figures import fit_housing
from kompaslite.methods import Sources, default, forecast_by
from kompaslite.rates import residual_accounts
from kompaslite.schema import count_unit

PAGE = Path(__file__).resolve().parents[1] / "docs" / "baerum_record.md"
AREA, LAST, LEADS = "3201", 2025, (1, 3, 5, 10)
NAMES = {
    "default": "the default method",
    "no_change": "no change",
    "half_trend_10": "half of the 10-year trend",
    "linear_trend_10": "10-year trend",
    "linear_trend_5": "5-year trend",
    "hamilton_perry": "Hamilton-Perry",
    "plain_cohort_component": "plain cohort-component",
}


def table(frame: pd.DataFrame) -> str:
    """A data frame as a table of the page; numbers as they are formatted, blanks where there is none."""
    head = [str(frame.index.name or ""), *(str(column) for column in frame.columns)]
    rows = [[str(label), *("" if pd.isna(cell) else str(cell) for cell in row)] for label, row in _rows(frame)]
    lines = ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def _rows(frame: pd.DataFrame) -> list[tuple[object, list[object]]]:
    return list(zip(frame.index.tolist(), frame.astype(object).values.tolist(), strict=True))


def by_lead(made: dict[str, xr.Dataset]) -> pd.DataFrame:
    """Errors of each method in Baerum, pooled over origins."""
    rows = {}
    for name, hindcasts in made.items():
        here = score(hindcasts.sel(area=[AREA], origin=slice(FIRST, None))).sel(lead=list(LEADS))
        cells = {"total": here["mape"], "bias": here["bias"], "13 groups": here["group_error"]}
        rows[NAMES[name]] = {
            what: " / ".join(f"{float(one) + 0.0:.2f}" for one in cell.round(2)) for what, cell in cells.items()
        }
    return pd.DataFrame(rows).T.rename_axis("per cent, at leads 1 / 3 / 5 / 10")


def _cell(values: xr.DataArray) -> str:
    return " / ".join(f"{value + 0.0:.2f}" for value in values.round(2).values.tolist())


def by_origin(hindcasts: xr.Dataset) -> pd.DataFrame:
    """Each origin's forecast of the total against the outcome, in per cent of it."""
    here = sum_over_sex_age(hindcasts.sel(area=AREA, origin=slice(FIRST, None)))
    error = 100 * (here["forecast"] / here["observed"] - 1)
    frame = error.sel(lead=list(LEADS)).to_pandas()
    shown = frame.map(lambda value: f"{value:+.2f}", na_action="ignore")
    return shown.rename(columns=lambda lead: f"lead {lead}").rename_axis("1 January")


def covered(hindcasts: xr.Dataset) -> str:
    """How many of Baerum's outcomes the empirical 80 % interval held."""
    spread = empirical_intervals(sum_over_sex_age(hindcasts)).sel(area=[AREA], origin=slice(FIRST, None))
    found = score(spread, by=(), measures="coverage_80")
    return f"{float(found['coverage_80']):.0f} per cent of {int(found['count'])} outcomes"


def by_group(forecast: xr.DataArray) -> pd.DataFrame:
    """1 January 2026 by the note's groups: what came, the municipality's forecast, ours."""
    note = load_example("baerum").note.deviation
    ours = sum_groups(forecast.sum("sex")).to_series()
    ours["total"] = ours.sum()
    frame = note[["actual", "forecast", "deviation"]].astype(int)
    frame = frame.assign(ours=ours.reindex(frame.index))
    frame["ours, deviation"] = (frame["actual"] - frame["ours"]).round().astype(int).map("{:+d}".format)
    frame["deviation"] = frame["deviation"].map("{:+d}".format)
    frame["ours"] = frame["ours"].round().astype(int)
    return frame.rename(columns={"forecast": "KOMPAS", "deviation": "KOMPAS, deviation"}).rename_axis("age")


def explained(observed: Accounts, forecast: Accounts, sources: Sources) -> pd.DataFrame:
    """The deviation of our forecast by part, with the totals of 2025 as Statistics Norway has them."""
    known = pd.read_csv(DATA / "baerum_components_1980_2025.csv").set_index("year").loc[LAST]
    totals = {"births": "age0_next_1jan", "deaths": "deaths_approx", "net_migration": "net_migration"}
    flows = {
        name: xr.DataArray([float(known[column])], coords={"year": [LAST]}, attrs={"units": count_unit()})
        for name, column in totals.items()
    }
    people = observed.population.sel(area=AREA, year=[LAST, LAST + 1], drop=True)
    assert sources.mortality is not None
    assert sources.fertility is not None
    actual = residual_accounts(
        Accounts(people, xr.Dataset(flows)),
        mortality=sources.mortality.isel(year=-1, drop=True),
        fertility=sources.fertility.isel(year=-1, drop=True),
    )
    found = explain_deviation(forecast, actual)
    parts = found["average"].transpose("age_group", "part").to_pandas().assign(deviation=found["deviation"].to_pandas())
    parts.loc["total"] = parts.sum()
    return (parts.round().astype(int)).map("{:+d}".format).rename_axis("age")


def plan() -> pd.DataFrame:
    """What of the municipality's deviation the dwellings account for that were not completed."""
    baerum = load_example("baerum")
    before = known_at(baerum.observed, LAST)
    start, assumptions = before.population.sel(year=LAST), baerum.method(before, [LAST])
    planned = project(start, assumptions)
    dwellings = fit_housing(baerum.housing, planned, draws=500)
    completed, _ = project_with_housing(start, assumptions, dwellings.housing, trend=planned)
    deviation = baerum.note.deviation["deviation"].to_dict()
    found = plan_deviation(planned, completed, deviation, year=LAST + 1)
    return found.round().astype(int).map("{:+d}".format).rename_axis("age")


def page() -> str:
    """The whole page."""
    observed, sources = read_population(), read_sources()
    made = {
        name: backtest(
            observed,
            method,
            origins=range(observed.years[0] + max(needed, 2), LAST + 1),
            horizon=HORIZON,
            sources=sources,
        )
        for name, (method, needed) in all_methods().items()
    }
    then = forecast_by(default, known_at(observed, LAST), [LAST], sources=sources.known_at(LAST))
    ours = Accounts(then.population.sel(area=AREA, drop=True), then.flows.sel(area=AREA, drop=True))
    groups = by_group(ours.population.sel(year=LAST + 1))
    kompas, mine = (
        int(groups[name].drop("total").astype(int).abs().sum()) for name in ("KOMPAS, deviation", "ours, deviation")
    )
    yearly = score(made["default"].sel(area=[AREA], origin=slice(FIRST, None), lead=[1]), by="origin")
    persons = yearly["group_error"] * made["default"]["jump_off"].sel(area=AREA, origin=slice(FIRST, None)) / 100
    values = {
        "by_lead": table(by_lead(made)),
        "by_origin": table(by_origin(made["default"])),
        "covered": covered(made["default"]),
        "groups": table(groups),
        "kompas": kompas,
        "ours": mine,
        "mean": f"{float(persons.mean()):.0f}",
        "least": f"{float(persons.min()):.0f}",
        "most": f"{float(persons.max()):.0f}",
        "parts": table(explained(observed, ours, sources)),
        "plan": table(plan()),
    }
    return TEXT.format(**values)


TEXT = """# The record in Baerum

This page is written by `python -m benchmarks.baerum --write`. At each origin the default method is fitted anew on what
was known then; see [the protocol](backtests.md). Populations: Statistics Norway, table 07459.

The settings of the method were chosen by people who had seen these years, so the record flatters it a little.

## By lead

{by_lead}

Origins 2010 to 2025, where there is an outcome. One municipality has few independent years: read these figures beside
those of all municipalities.

## Every origin

Forecast of the total against the outcome, per cent of it:

{by_origin}

The empirical 80 % interval, made at each origin from errors known then, held {covered} at leads 1 to 10.

## 1 January 2026

The forecast from 1 January 2025 by the age groups of the population note, beside the municipality's own, made with
KOMPAS. Deviations are actual less forecast, as in the note:

{groups}

The absolute deviations of the 13 groups sum to {ours} here and to {kompas} for KOMPAS. That proves nothing: over the 16
origins the same sum after one year is {mean} on average and between {least} and {most}. KOMPAS has published one year
by age group, so nothing more can be said about which of the two is better.

## Why the forecast of 2025 was off

Parts of the deviation by counts, see [Backtests](backtests.md). Births, deaths and net migration of 2025 are those of
Statistics Norway's table 06913 in total, spread over ages by cohorts; what their sum leaves of growth is the
adjustment of the register.

{parts}

## What of the municipality's -217 is the plan's

582 dwellings were expected in 2025 and 408 were completed, 174 fewer. A forecast made again with the 408 says what the
plan did. This part is modelled, so it stands with its 90 % interval, from 500 draws; see [](how_to_why_it_missed.md).
Moves are those of the example's method, because those of KOMPAS are not published:

{plan}

What is not explained is everything else. It cannot be split further: the note does not print the births, deaths and
moves that were forecast.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.baerum", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the page instead of printing it")
    given = parser.parse_args()
    if not DATA.is_dir():
        parser.error(f"{DATA} is not there; the statistics belong beside the checkout, in ../shared/data")
    text = page()
    if given.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
