"""Do intervals cover what they say? ``python -m benchmarks.calibration [--draws N] [--every N] [--json | --write]``.

At each origin the default method, the levels and the draws know only what was known then. Intervals from draws and
from past errors of the method stand side by side, on the same areas, origins and leads: coverage of the nominal 80
and 95 % intervals by size class and by age group, and the CRPS over that of the no-change forecast with its own past
errors. Nothing was fitted to the scores of these two.

A third kind mends the widths of the draws: around their median they are multiplied by a factor of lead and size class
that was found on other areas, a fifth of the areas at a time. It knows the years of the others, so it is out of sample
over areas and not over time.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from benchmarks._pages import write_between
from benchmarks.municipalities import DATA, POPULATION, read_population, read_sources
from kompaslite import methods
from kompaslite.accounts import Accounts, known_at
from kompaslite.engine import Engine
from kompaslite.evaluation import (
    QUANTILES,
    SIZE_CLASSES,
    backtest,
    empirical_intervals,
    make_hindcasts,
    score,
    size_class,
    sum_groups,
)
from kompaslite.methods import Sources
from kompaslite.rates import LeeCarter, lee_carter, residual_accounts
from kompaslite.uncertainty import Levels, Reduce, fit_levels, project_summary, sample

FIRST, HORIZON, SHOWN = 2011, 10, (1, 3, 5, 10)
#: Years behind mortality's index, at most.
MORTALITY_YEARS = 25
FOLDS = 5
PAGE = Path(__file__).parents[1] / "docs" / "calibration.md"
COVERAGE = ("coverage_80", "coverage_95")
WANTED = {"coverage_80": (76.0, 84.0), "coverage_95": (92.0, 97.0), "crps_ratio": (0.0, 1.0)}
MEASURES = (*COVERAGE, "crps")
Record = dict[str, str | int | float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--population", type=Path, default=POPULATION)
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--whole-persons", action="store_true", help="draw single persons too, which takes long")
    parser.add_argument("--every", type=int, default=1, help="years between origins")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/calibration.md")
    arguments = parser.parse_args()
    records = list(measured(arguments.population, arguments.draws, arguments.every, whole=arguments.whole_persons))
    if arguments.write:
        write_between(PAGE, "calibration", [_of_run(arguments), "", *tables(records)])
    print(json.dumps(records, indent=1) if arguments.json else "\n".join(tables(records)))


def _of_run(arguments: argparse.Namespace) -> str:
    persons = "single persons drawn too" if arguments.whole_persons else "single persons not drawn"
    return f"{arguments.draws} draws, {persons}, an origin every {arguments.every} year(s) from {FIRST} on."


def measured(population: Path, draws: int, every: int, *, whole: bool = False) -> Iterator[Record]:
    """Coverage and CRPS of all kinds of interval."""
    observed, sources = read_population(population), read_sources(DATA)
    origins = range(FIRST, observed.years[-1], every)
    made = {"draws": hindcasts_by_draws(observed, sources, origins, draws, whole=whole)}
    made |= hindcasts_by_errors(observed, sources, origins)
    yield from records_of(made)


def records_of(made: dict[str, "Both"]) -> Iterator[Record]:
    """Scores of hindcasts with intervals, beside those of the no-change forecast."""
    made = made | {"draws, scaled": Both(scaled(made["draws"].total), None)}
    against = _scores(made.pop("no change").total)["crps"]
    for kind, both in made.items():
        found = _scores(both.total)
        yield from _records(found.assign(crps_ratio=found["crps"] / against).drop_vars("crps"), kind, "size_class")
        if both.groups is not None:
            yield from _records(score(both.groups, by=("lead", "age_group"), measures=COVERAGE), kind, "age_group")
        yield from _records(score(both.total, by=("lead", "origin"), measures=COVERAGE), kind, "origin")


class Both(NamedTuple):
    """Hindcasts of the total, and of the age groups."""

    total: xr.Dataset
    groups: xr.Dataset | None


def hindcasts_by_draws(
    observed: Accounts, sources: Sources, origins: range, draws: int, *, whole: bool = False
) -> Both:
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
            whole_persons=whole,
        )
        people = known.population.sel(year=origin)
        kept = Reduce(quantiles=QUANTILES, mean=False)
        made = project_summary(people, futures, reduce=kept, engine=Engine("auto"))["quantiles"]
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


def scaled(hindcasts: xr.Dataset, *, folds: int = FOLDS) -> xr.Dataset:
    """Hindcasts with draws' quantiles wider or narrower around their median, as the errors of other areas say.

    The factor of a lead and size class is what makes the 80 and the 95 % interval cover their share of the other
    folds' areas, in the geometric mean of the two.
    """
    forecast, rank = hindcasts["forecast"], np.arange(hindcasts.sizes["area"]) % folds
    centre = forecast.sel(quantile=0.5)
    misses = [
        abs(hindcasts["observed"] - centre) / (forecast.sel(quantile=[low, high]).diff("quantile").squeeze() / 2.0)
        for low, high in ((0.1, 0.9), (0.025, 0.975))
    ]
    classes = size_class(hindcasts["jump_off"])
    factors = xr.full_like(misses[0].reset_coords(drop=True), np.nan)
    for fold in range(folds):
        others = xr.DataArray(rank != fold, coords={"area": hindcasts["area"]})
        for name in SIZE_CLASSES:
            chosen = classes == name
            each = [
                _log_quantile(miss.where(chosen & others), at) for miss, at in zip(misses, (0.8, 0.95), strict=True)
            ]
            factor = np.exp((each[0] + each[1]) / 2.0)
            factors = factors.where(others | ~chosen, factor)
    return hindcasts.assign(forecast=(centre + factors * (forecast - centre)).transpose(*forecast.dims))


def _log_quantile(misses: xr.DataArray, share: float) -> xr.DataArray:
    """By lead; missing where there are no errors."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice")
        found = misses.quantile(share, ["area", "origin"])
    return np.log(found).drop_vars("quantile")


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


def held(records: Sequence[Record]) -> Iterator[str]:
    """How many cells of the table by size class are within what is wanted, and which are not."""
    yield "| interval | measure | wanted | cells within | not within: size class, lead, value |"
    yield "|---|---|---|---|---|"
    for kind, measure in dict.fromkeys((one["interval"], one["measure"]) for one in records if "size_class" in one):
        low, high = WANTED[str(measure)]
        cells = [one for one in records if "size_class" in one and (one["interval"], one["measure"]) == (kind, measure)]
        missed = [one for one in cells if not low <= float(one["value"]) <= high]
        words = "; ".join(f"{one['size_class']}, {one['lead']}, {float(one['value']):.1f}" for one in missed)
        yield f"| {kind} | {measure} | {low:g}-{high:g} | {len(cells) - len(missed)} of {len(cells)} | {words} |"
    yield ""


def tables(records: Sequence[Record]) -> Iterator[str]:
    """Tables in Markdown, leads side by side."""
    yield from held(records)
    for by in ("size_class", "age_group", "origin"):
        chosen = [one for one in records if by in one]
        yield f"By {by.replace('_', ' ')}:"
        yield ""
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
