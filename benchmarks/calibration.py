"""Do intervals cover what they say? ``python -m benchmarks.calibration [--draws N] [--every YEARS] [--json]``.

At each origin the default method, the levels and the draws know only what was known then. Intervals from draws and
from past errors of the method stand side by side, on the same areas, origins and leads: coverage of the nominal 80
and 95 % intervals by size class and by age group, and the CRPS over that of the no-change forecast with its own past
errors. Nothing was fitted to these scores.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from benchmarks.municipalities import DATA, POPULATION, read_population, read_sources
from kompaslite import methods
from kompaslite.accounts import Accounts, known_at
from kompaslite.backtest import QUANTILES, backtest, empirical_intervals
from kompaslite.kernels import Engine
from kompaslite.methods import Sources
from kompaslite.rates.lee_carter import LeeCarter, lee_carter
from kompaslite.rates.residual import residual_accounts
from kompaslite.scoring import make_hindcasts, score, sum_groups
from kompaslite.uncertainty import Levels, Reduce, fit_levels, project_summary, sample

FIRST, HORIZON, SHOWN = 2011, 10, (1, 3, 5, 10)
#: Years behind mortality's index, at most.
MORTALITY_YEARS = 25
COVERAGE = ("coverage_80", "coverage_95")
MEASURES = (*COVERAGE, "crps")
Record = dict[str, str | int | float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--population", type=Path, default=POPULATION)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--every", type=int, default=1, help="years between origins")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    records = list(measured(arguments.population, arguments.draws, arguments.every))
    print(json.dumps(records, indent=1) if arguments.json else "\n".join(tables(records)))


def measured(population: Path, draws: int, every: int) -> Iterator[Record]:
    """Coverage and CRPS of both kinds of interval."""
    observed, sources = read_population(population), read_sources(DATA)
    origins = range(FIRST, observed.years[-1], every)
    made = {"draws": hindcasts_by_draws(observed, sources, origins, draws)}
    made |= hindcasts_by_errors(observed, sources, origins)
    against = _scores(made.pop("no change").total)["crps"]
    for kind, both in made.items():
        found = _scores(both.total)
        yield from _records(found.assign(crps_ratio=found["crps"] / against).drop_vars("crps"), kind, "size_class")
        yield from _records(score(both.groups, by=("lead", "age_group"), measures=COVERAGE), kind, "age_group")
        yield from _records(score(both.total, by=("lead", "origin"), measures=COVERAGE), kind, "origin")


class Both(NamedTuple):
    """Hindcasts of the total, and of the age groups."""

    total: xr.Dataset
    groups: xr.Dataset


def hindcasts_by_draws(observed: Accounts, sources: Sources, origins: range, draws: int) -> Both:
    """Quantiles of draws from every origin, beside what came."""
    found = []
    for origin in origins:
        clock = time.perf_counter()
        known, behind = known_at(observed, origin), sources.known_at(origin)
        years = range(origin, min(origin + HORIZON, observed.years[-1]))
        futures = sample(
            methods.default(known, years, sources=behind),
            levels_at(known, behind),
            draws=draws,
            seed=origin,
            whole_persons=True,
        )
        people = known.population.sel(year=origin)
        kept = Reduce(quantiles=QUANTILES, mean=False)
        made = project_summary(people, futures, reduce=kept, engine=Engine("numpy"))["quantiles"]
        leads = (made["year"] - origin).values
        found.append(made.assign_coords(year=leads).rename(year="lead").sel(lead=slice(1, None)))
        print(f"{origin}: {time.perf_counter() - clock:.0f} s", file=sys.stderr)
    forecast = xr.concat(found, xr.Variable("origin", list(origins)), join="outer")
    return _beside(forecast, observed)


def levels_at(known: Accounts, sources: Sources) -> Levels:
    """Levels fitted to what was known."""
    tables = {"mortality": sources.mortality, "fertility": sources.fertility, "extrapolate": "hold"}
    nation = residual_accounts(sources.nation, **tables)
    return fit_levels(residual_accounts(known, **tables), national=nation, mortality=index_of(sources.mortality))


def index_of(mortality: xr.DataArray) -> LeeCarter:
    """Lee and Carter's model of the last years, by sex."""
    return lee_carter(mortality.isel(year=slice(-MORTALITY_YEARS, None)))


def hindcasts_by_errors(observed: Accounts, sources: Sources, origins: range) -> dict[str, Both]:
    """The method and the no-change forecast, each with the interval from its own past errors."""
    found = {}
    for name, method, first in (("errors", methods.default, 2), ("no change", methods.no_change, 1)):
        early = range(observed.years[0] + first, observed.years[-1])
        by_age = backtest(observed, method, origins=early, horizon=HORIZON, sources=sources).sum("sex", skipna=False)
        parts = by_age.sum("age", skipna=False), by_age.map(sum_groups, keep_attrs=True)
        spread = [empirical_intervals(somebody(part)).sel(origin=list(origins)) for part in parts]
        found[name] = Both(*spread)
    return found


def somebody(hindcasts: xr.Dataset) -> xr.Dataset:
    """Without forecasts of nobody, which have no relative error."""
    return hindcasts.assign(forecast=hindcasts["forecast"].where(hindcasts["forecast"] > 0.0))


def _beside(forecast: xr.DataArray, observed: Accounts) -> Both:
    people = observed.population.sum("sex")
    jump_off = _at(people.sum("age"), forecast["origin"])
    parts = []
    for actual, ahead in (
        (people.sum("age"), forecast.sel(age_group="total", drop=True)),
        (sum_groups(people), forecast.drop_sel(age_group="total")),
    ):
        parts.append(make_hindcasts(ahead, _at(actual, forecast["origin"] + forecast["lead"]), jump_off))
    return Both(*parts)


def _at(people: xr.DataArray, year: xr.DataArray) -> xr.DataArray:
    """People on 1 January of the years, missing where there are none yet."""
    known = people.drop_vars([name for name in people.coords if name not in people.dims])
    later = known.reindex(year=np.arange(int(known["year"][0]), int(year.max()) + 1))
    return later.sel(year=year.reset_coords(drop=True)).drop_vars("year")


def _scores(hindcasts: xr.Dataset) -> xr.Dataset:
    whole = score(hindcasts, measures=MEASURES).expand_dims(size_class=["all"])
    return xr.concat([whole, score(hindcasts, by=("lead", "size_class"), measures=MEASURES)], "size_class")


def _records(scores: xr.Dataset, kind: str, by: str) -> Iterator[Record]:
    for measure in scores.data_vars:
        if measure == "count":
            continue
        for lead in SHOWN:
            for label in scores[by].values.tolist():
                value = float(scores[measure].sel({"lead": lead, by: label}))
                if np.isfinite(value):
                    yield {"interval": kind, "measure": str(measure), "lead": lead, by: label, "value": value}


def tables(records: Sequence[Record]) -> Iterator[str]:
    """Tables in Markdown, leads side by side."""
    for by in ("size_class", "age_group", "origin"):
        chosen = [one for one in records if by in one]
        yield f"| {by.replace('_', ' ')} | interval | measure | " + " | ".join(map(str, SHOWN)) + " |"
        yield "|---|---|---|" + "---|" * len(SHOWN)
        rows: dict[tuple[Any, ...], dict[int, float]] = {}
        for one in chosen:
            rows.setdefault((one[by], one["interval"], one["measure"]), {})[int(one["lead"])] = float(one["value"])
        for key, values in rows.items():
            digits = 2 if key[2] == "crps_ratio" else 1
            cells = " | ".join(f"{values[lead]:.{digits}f}" if lead in values else "" for lead in SHOWN)
            yield f"| {key[0]} | {key[1]} | {key[2]} | {cells} |"
        yield ""


if __name__ == "__main__":
    main()
