"""What is lost where less is known, and places on which nothing was chosen: ``python -m benchmarks.evidence_known``.

knowledge  without tables of the nation, without groups, each place by itself.
flows      municipalities of Telemark with births and deaths, and without them.
districts  the districts of four cities, on which nothing was chosen, beside the reference methods.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.evidence import Data, figures, hindcasts_of, read_data, row, words
from benchmarks.municipalities import DATA, labelled
from benchmarks.norway import telemark
from kompaslite.accounts import Accounts
from kompaslite.evaluation import exclude_areas
from kompaslite.methods import Sources, default, half_trend, hamilton_perry, linear_trend, plain_cohort_component
from kompaslite.schema import PERSONS

#: Growth within a year from which a district is thought to have other borders.
JUMP = 1.1


def knowledge(data: Data) -> Iterator[str]:
    """What is lost where less is known."""
    codes = data.observed.population["area"].values.tolist()
    apart: Mapping[str, str] = {code: code for code in codes}
    yield row(data, "default", default)
    yield row(data, "no groups", partial(default, groups=apart))
    for name, label in (("nation", "population"), ("mortality", "mortality"), ("fertility", "fertility")):
        less = replace(data, sources=replace(data.sources, **{name: None}))
        yield row(less, f"without the nation's {label}", default)
    yield row(replace(data, sources=Sources()), "population tables alone", default)
    some = np.random.default_rng(3).permutation(codes)[:30].tolist()
    whole = figures(hindcasts_of(data, default).sel(area=some))
    alone = figures(xr.concat([hindcasts_of(data, default, [code]) for code in some], dim="area"))
    for name, table in (("30 areas, fitted with all", whole), ("30 areas, each fitted alone", alone)):
        yield words(name, table)


def flows(data: Data) -> Iterator[str]:
    """Births and deaths of a year, as totals of each municipality, known or not."""
    totals = telemark()[["births", "deaths"]]
    codes = [code for code in totals["area"].values.tolist() if code in data.observed.population["area"].values]
    people = data.observed.population.sel(area=codes)
    known = Accounts(people, totals.sel(area=codes, year=people["year"].values[:-1]))
    for name, observed in (("without", Accounts(people)), ("with", known)):
        table = figures(hindcasts_of(replace(data, observed=observed), default))
        yield words(f"{len(codes)} municipalities, {name} births and deaths", table)


def read_districts(sources: Sources) -> Data:
    """Districts of Oslo, Bergen, Stavanger and Trondheim."""
    frame = pd.read_parquet(DATA / "population_city_districts_age_sex_2005_2026.parquet")
    frame = frame.astype({"sex": str, "age": int, "year": int})
    frame["area"] = frame["municipality_code"].astype(str) + "-" + frame["district_code"].astype(str)
    frame = frame.groupby(["area", "sex", "age", "year"], as_index=False)["population"].sum()
    people = labelled(frame, {name: name for name in ("area", "sex", "age", "year")}, "population")
    total = people.sum(["sex", "age"])
    jumps = abs(np.log(total.where(total > 0)).diff("year"))
    broken = ~(jumps < np.log(JUMP)).all("year")
    codes = people["area"].values[broken.values].tolist()
    kept = exclude_areas(people.assign_attrs(units=PERSONS), broken=dict.fromkeys(codes, "it jumps by a tenth or more"))
    return Data(Accounts(kept), sources, ([], []))


def districts(data: Data) -> Iterator[str]:
    """Places on which nothing was chosen."""
    towns = read_districts(data.sources)
    tried = {
        "default": default,
        "half trend": half_trend(10, at_least=1),
        "linear trend": linear_trend(10, at_least=1),
        "hamilton perry": hamilton_perry(),
        "plain": plain_cohort_component,
    }
    for name, method in tried.items():
        table = figures(hindcasts_of(towns, method))
        yield words(f"{towns.observed.population.sizes['area']} districts, {name}", table)


def main() -> None:
    parts = {"knowledge": knowledge, "flows": flows, "districts": districts}
    parser = argparse.ArgumentParser(prog="benchmarks.evidence_known", description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="*", choices=list(parts), help="all unless given")
    data = read_data()
    for name in parser.parse_args().part or parts:
        print(f"\n{name}")
        for line in parts[name](data):
            print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
