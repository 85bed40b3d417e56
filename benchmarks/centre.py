"""Where do draws lie around the forecast without them? ``python -m benchmarks.centre [--draws N] [--write]``.

The default method from the last population on, 25 years, and the medians and means of draws as per cents of the same
forecast without draws: as `sample` makes them, and as they would be if gains of net migration were counted per head of
the jump-off population. Then the parts of which the draws are made, each by itself; and the example of Baerum.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import xarray as xr

from benchmarks._pages import write_between
from benchmarks.calibration import levels_at
from benchmarks.municipalities import DATA, read_population, read_sources
from kompaslite import load_example, methods
from kompaslite.accounts import known_at
from kompaslite.engine import Engine, project
from kompaslite.report.draws import draw_printed
from kompaslite.schema.age_groups import age_groups
from kompaslite.uncertainty import Futures, Levels, Reduce, project_summary, sample

PAGE = Path(__file__).parents[1] / "docs" / "uncertainty.md"
ORIGIN, HORIZON, SMALL = 2026, 25, 3_000
GROUPS = {"6-12": (6, 12), "20-39": (20, 39), "80+": (80, None)}
YEARS = (ORIGIN + 10, ORIGIN + HORIZON - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/uncertainty.md")
    arguments = parser.parse_args()
    lines = [*municipalities(arguments.draws), "", *baerum(5 * arguments.draws)]
    if arguments.write:
        write_between(PAGE, "centre", lines)
    print("\n".join(lines))


def municipalities(draws: int) -> Iterator[str]:
    """Tables of all municipalities, as lines of Markdown."""
    observed, sources = read_population(), read_sources(DATA)
    known, behind = known_at(observed, ORIGIN), sources.known_at(ORIGIN)
    people = known.population.sel(year=ORIGIN)
    baseline = methods.default(known, range(ORIGIN, ORIGIN + HORIZON), sources=behind)
    levels = levels_at(known, behind)
    line = grouped(project(people, baseline, flows=()).population)
    kinds = {
        "all": sample(baseline, levels, draws=draws, seed=1),
        "all, gains per head of the jump-off": Futures(baseline=baseline, levels=levels, draws=draws, seed=1),
    }
    kinds |= {name: sample(baseline, part, draws=draws, seed=1) for name, part in parts_of(levels).items()}
    words = f"{people.sizes['area']} municipalities, {draws} draws from {ORIGIN} on"
    yield f"{words}, per cent above or below the forecast without draws:"
    yield ""
    kinds_of = ("median, typical municipality", f"median, typical one under {SMALL:,}", "mean, all together")
    columns = [f"{kind}, {year}" for kind in kinds_of for year in YEARS]
    yield f"| draws | age group | {' | '.join(columns)} |"
    yield "|---|---|" + "---|" * len(columns)
    kept = Reduce(groups=GROUPS, quantiles=(0.5,))
    for name, futures in kinds.items():
        made = project_summary(people, futures, reduce=kept, engine=Engine("auto"))
        yield from _rows(name, made, line, people.sum(["sex", "age"]) < SMALL)


def parts_of(levels: Levels) -> dict[str, Levels]:
    """Levels of which only one part acts."""

    def only(variables: tuple[str, ...], *, bands: bool = False) -> Levels:
        chosen = [one for one in levels.effects if one.variable in variables and (len(one.components) > 1) == bands]
        return replace(levels, effects=tuple(chosen))

    moves = ("in_migration", "out_migration")
    return {
        "fertility alone": only(("fertility",)),
        "level of net migration alone": only(moves),
        "its bands of age alone": only(moves, bands=True),
    }


def _rows(name: str, made: xr.Dataset, line: xr.DataArray, small: xr.DataArray) -> Iterator[str]:
    middle = made["quantiles"].sel(quantile=0.5, drop=True) / line - 1.0
    mean = made["mean"].sum("area") / line.sum("area") - 1.0
    for group in line["age_group"].values.tolist():
        shown = [part.sel(age_group=group, year=list(YEARS)) for part in (middle, mean)]
        found = [shown[0].median("area"), shown[0].where(small).median("area"), shown[1]]
        cells = [f"{100.0 * value:+.1f}" for one in found for value in one.transpose("year").values.tolist()]
        yield f"| {name} | {group} | {' | '.join(cells)} |"


def baerum(draws: int) -> Iterator[str]:
    """Of the example, whose levels are those of its note."""
    example = load_example("baerum")
    baseline = example.method(example.observed, range(ORIGIN, ORIGIN + HORIZON))
    line = grouped(project(example.observed.population.sel(year=ORIGIN), baseline, flows=()).population)
    kept = Reduce(groups=GROUPS, mean=False, keep_draws=True)
    drawn = draw_printed(example, baseline, draws=draws, reduce=kept)["draws"].isel(area=0, drop=True)
    yield f"The example of Bærum, {draws:,} draws, persons:"
    yield ""
    yield "| age group | year | forecast without draws | median | mean | standard deviation |"
    yield "|---|---|---|---|---|---|"
    for group in line["age_group"].values.tolist():
        for year in YEARS:
            one = drawn.sel(age_group=group, year=year)
            cells = [line.sel(age_group=group, year=year).sum(), one.median(), one.mean(), one.std()]
            yield f"| {group} | {year} | " + " | ".join(f"{float(cell):,.0f}" for cell in cells) + " |"


def grouped(population: xr.DataArray) -> xr.DataArray:
    """Persons by age group and in total, of each municipality or of the only one."""
    people = population.sum("sex", keep_attrs=True)
    people = people.squeeze("area", drop=True) if people.sizes["area"] == 1 else people
    total = people.sum("age").expand_dims(age_group=["total"])
    return xr.concat([age_groups(people, GROUPS), total], dim="age_group")


if __name__ == "__main__":
    main()
