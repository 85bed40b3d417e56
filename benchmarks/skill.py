"""How good the methods are on real municipalities: ``python -m benchmarks.skill [--json]``.

Protocol: at each origin a method is fitted anew on what was known then, populations up to and with 1 January of the
origin, national death and birth rates up to the year before it. All municipalities of the file whose borders did
not break are in; the others are listed. Origins 2010 to the last but one year are pooled, each area and origin
counting alike. Earlier origins serve the intervals only, which use errors that were known at the origin.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.municipalities import DATA, OFFICIAL_2016, POPULATION, read_official_2016, read_population, read_sources
from kompaslite import methods
from kompaslite.accounts import Accounts
from kompaslite.evaluation import (
    Bootstrap,
    backtest,
    common_cases,
    empirical_intervals,
    excluded_areas,
    official_hindcasts,
    score,
    sum_groups,
    sum_over_sex_age,
)
from kompaslite.methods import Method, Sources

FIRST, HORIZON, OFFICIAL_ORIGIN = 2010, 10, 2016
SHOWN = (1, 3, 5, 10)
ERRORS = ("mape", "wape", "group_error", "bias")
Record = dict[str, str | int | float]


def all_methods() -> dict[str, tuple[Method, int]]:
    """Each method, and how many years of change it needs at least; a trend of fewer would empty the smallest places."""
    return {
        "default": (methods.default, 2),
        "no_change": (methods.no_change, 1),
        "half_trend_10": (methods.half_trend(10, at_least=3), 3),
        "linear_trend_10": (methods.linear_trend(10, at_least=3), 3),
        "linear_trend_5": (methods.linear_trend(5, at_least=3), 3),
        "hamilton_perry": (methods.hamilton_perry(), 1),
        "plain_cohort_component": (methods.plain_cohort_component, 5),
    }


def hindcasts_of(observed: Accounts, sources: Sources, say: Callable[[str], None]) -> dict[str, xr.Dataset]:
    """Rolling forecasts of every method by the note's age groups, from as early as it allows."""
    made, years = {}, observed.years
    for name, (method, needed) in all_methods().items():
        clock = time.perf_counter()
        origins = range(min(years[0] + needed, FIRST), years[-1])
        by_age = backtest(observed, method, origins=origins, horizon=HORIZON, sources=sources)
        made[name] = sum_over_sex_age(by_age, keep=["age"]).map(sum_groups, keep_attrs=True)
        say(f"{name}: {len(origins)} origins, {made[name].sizes['area']} areas, {time.perf_counter() - clock:.1f} s")
    return made


def records_of(name: str, origins: str, scores: xr.Dataset) -> Iterator[Record]:
    """One record for each measure, lead and size class that has a value."""
    for measure in scores.data_vars:
        if measure == "count":
            continue
        for lead in scores["lead"].values.tolist():
            for size in scores["size_class"].values.tolist():
                value = float(scores[measure].sel(lead=lead, size_class=size))
                if np.isfinite(value):
                    yield {
                        "origins": origins,
                        "method": name,
                        "measure": str(measure),
                        "lead": lead,
                        "size_class": size,
                        "value": value,
                    }


def by_class(hindcasts: xr.Dataset, measures: Sequence[str]) -> xr.Dataset:
    """Scores by lead and size class, and of all classes together."""
    whole = score(hindcasts, measures=measures).expand_dims(size_class=["all"])
    return xr.concat([whole, score(hindcasts, by=("lead", "size_class"), measures=measures)], dim="size_class")


def errors(made: dict[str, xr.Dataset]) -> Iterator[Record]:
    """Errors of the numbers, pooled over origins."""
    for name, hindcasts in made.items():
        pooled = hindcasts.sel(origin=slice(FIRST, None))
        yield from records_of(name, label_of(pooled), by_class(pooled, ERRORS))


def intervals(made: dict[str, xr.Dataset]) -> Iterator[Record]:
    """Coverage of empirical intervals, and their CRPS against that of the no-change forecast with its own."""
    spread = {
        name: empirical_intervals(sum_over_sex_age(one)).sel(origin=slice(FIRST, None)) for name, one in made.items()
    }
    against = by_class(spread["no_change"], ["crps"])["crps"]
    for name, hindcasts in spread.items():
        found = by_class(hindcasts, ["coverage_80", "coverage_95", "crps"])
        found = found.assign(crps_ratio=found["crps"] / against).drop_vars("crps")
        yield from records_of(name, label_of(hindcasts), found)


def from_official_origin(made: dict[str, xr.Dataset], official: xr.Dataset) -> Iterator[Record]:
    """All methods from the origin of the official projection, on the areas that it has."""
    for name, hindcasts in made.items():
        mine, theirs = common_cases(sum_over_sex_age(hindcasts.sel(origin=[OFFICIAL_ORIGIN])), official)
        if name == next(iter(made)):
            yield from records_of("official", str(OFFICIAL_ORIGIN), by_class(theirs, ["mape", "wape", "bias"]))
        yield from records_of(name, str(OFFICIAL_ORIGIN), by_class(mine, ["mape", "wape", "bias"]))


def label_of(hindcasts: xr.Dataset) -> str:
    """First and last origin."""
    origins = hindcasts["origin"].values
    return f"{origins[0]}-{origins[-1]}"


def show(records: list[Record], made: dict[str, xr.Dataset]) -> None:
    """The table that people read."""
    names = dict.fromkeys((str(one["origins"]), str(one["measure"]), str(one["method"])) for one in records)
    print(f"{'origins':10} {'measure':12} {'method':24}" + "".join(f"{lead:8d}" for lead in SHOWN))
    for origins, measure, method in names:
        key = {"origins": origins, "measure": measure, "method": method, "size_class": "all"}
        values = {one["lead"]: one["value"] for one in records if key.items() <= one.items()}
        cells = "".join(f"{values[lead]:8.2f}" if lead in values else f"{'':8}" for lead in SHOWN)
        print(f"{origins:10} {measure:12} {method:24}" + cells)
    print("\nMAPE less that of the reference, with the 95 % bootstrap interval over areas")
    best = next(iter(made))
    others = {name: sum_over_sex_age(one.sel(origin=slice(FIRST, None))) for name, one in made.items()}
    mine = others.pop(best)
    found = score(mine, measures="mape", references=others, bootstrap=Bootstrap(1000, seed=1))["mape_difference"]
    for name in others:
        here = found.sel(reference=name).transpose("lead", "estimate")
        cells = "".join(f"  {v:+.2f} [{a:+.2f}, {b:+.2f}]" for v, a, b in here.sel(lead=list(SHOWN)).values)
        below = int((here.sel(estimate="upper") < 0).sum())
        print(f"{best} - {name:24}{cells}  interval below 0 at {below} of {here.sizes['lead']} leads")


def measured(
    population: Path, official: Path, say: Callable[[str], None]
) -> tuple[list[Record], dict[str, xr.Dataset]]:
    """All records, and the hindcasts behind them."""
    observed = read_population(population)
    aside = excluded_areas(observed.population)
    say(f"{observed.population.sizes['area']} areas; {len(aside)} set aside: {dict(aside.values.tolist())}")
    made = hindcasts_of(observed, read_sources(), say)
    published = official_hindcasts(read_official_2016(official), observed.population, leads=HORIZON)
    found = [*errors(made), *intervals(made), *from_official_origin(made, published)]
    say(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    return found, made


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.skill", description=__doc__.splitlines()[0])
    parser.add_argument("--population", type=Path, default=POPULATION, help="parquet, as in the folder of statistics")
    parser.add_argument("--official", type=Path, default=OFFICIAL_2016, help="projection of 2016 against outcome, csv")
    parser.add_argument("--json", action="store_true", help="records on standard output instead of a table")
    given = parser.parse_args()
    for path in (given.population, given.official, DATA):
        if not path.exists():
            parser.error(f"{path} is not there; the statistics belong beside the checkout, in ../shared/data")
    records, made = measured(given.population, given.official, lambda text: print(text, file=sys.stderr))
    if given.json:
        print(json.dumps(records))
    else:
        show(records, made)


if __name__ == "__main__":
    main()
