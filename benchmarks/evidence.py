"""What each choice of the default method is worth: ``python -m benchmarks.evidence [PART ...]``.

The score is the mean over twelve figures, MAPE, persons-weighted error and error of 13 age groups at leads 1, 3, 5 and
10, each over the figure that was to be reached; less is better. Origins 2010-2025, all unbroken municipalities.

ablation   one change at a time: on all municipalities; on two random halves of them, each fitted by itself; and on
           forecasts for years to 2018 and for later ones. A change was taken if no part spoke against it.
choice     the protocol tested: random settings over wide ranges, the best on one half of the areas (or of the time)
           judged on the other half, beside the default.

`benchmarks/evidence_known.py` has what is lost where less is known, and places on which nothing was chosen;
`benchmarks/evidence_ceiling.py` what would be left if the nation's future were known.

`benchmarks/evidence_nation.py` has the national series, on which the national choices were made.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from benchmarks.municipalities import read_population, read_sources
from kompaslite.accounts import Accounts
from kompaslite.evaluation import backtest, score
from kompaslite.methods import (
    DefaultParameters,
    Method,
    Sources,
    assumptions_for_path,
    default,
    scale_to_total,
)
from kompaslite.methods.default_method.cohorts import Array, aged
from kompaslite.methods.default_method.inputs import read_known
from kompaslite.methods.default_method.outlook import Outlook, outlook_of
from kompaslite.schema import PERSONS, SEXES

LEADS = (1, 3, 5, 10)
ORIGINS = range(2010, 2026)
LAST_OF_EARLY = 2018
#: Figures to be reached: MAPE, persons-weighted error and age group error, per cent.
REACH = {
    "mape": (0.81, 1.77, 2.48, 3.56),
    "wape": (0.43, 1.02, 1.57, 2.95),
    "group_error": (1.72, 3.23, 4.33, 6.15),
}

#: Other values of each choice.
CHANGES: dict[str, Sequence[object]] = {
    "nation.mean": (20, 30),
    "nation.back": (0.75, 0.8, 0.9, 1.0),
    "nation.profile": (5, 20),
    "nation.fewest": (0.0, 50.0),
    "mortality.base": (1, 3),
    "mortality.trend": (10, 30),
    "mortality.fall": (0.0, 0.05),
    "mortality.bands": ((0,), (0, 1, 20, 40, 60, 70, 80, 90)),
    "old_ages.first": (75, 85),
    "old_ages.bands": ((), (90,)),
    "old_ages.years": (5, 15),
    "old_ages.correction_shrink": (0.0, 1e9),
    "old_ages.group_shrink": (1e2, 1e9),
    "old_ages.local_shrink": (2e2, 1e9),
    "shape.window": (8, 12, 20),
    "shape.size_kernel": (0.01, 0.3, 0.8),
    "shape.group_weight": (1.0, 3.0, 5.0, 50.0),
    "shape.bins": ((0, 1, 16, 20, 30, 50, 67, 80),),
    "shape.bin_shrink": (1e3, 1e4),
    "shape.age_shrink": (1e2, 2e3, 1e9),
    "shape.flat_areas": (1e-6, 1e9),
    "level.group_shrink": (3e5, 3e6, 1e12),
    "level.own_shrink": (1e2, 3e4, 1e5),
    "level.damping": (0.0, 0.2, 0.4, 0.6),
    "level.momentum_years": (1, 2, 5),
    "level.momentum_size": (1e4, 1e5, 1e12),
    "level.momentum_decay": (0.7, 0.8, 1.0),
    "fertility.schedule": (1, 5),
    "fertility.trend": (1, 5),
    "fertility.step": (0.0, 0.05),
    "fertility.damping": (0.7, 0.8, 0.9),
    "fertility.local": (3, 10, 15),
    "fertility.group_shrink": (1e3, 1e4, 1e9),
    "fertility.local_shrink": (1e2, 1e3, 1e9),
    "fertility.sex_ratio": (2, 15),
}

#: Wide ranges, of which random settings are drawn.
RANGES: dict[str, Sequence[object]] = {
    "shape.window": (8, 10, 12, 15, 20),
    "nation.back": (0.75, 0.8, 0.85, 0.9),
    "nation.mean": (20, 30, 40),
    "nation.profile": (5, 10, 15),
    "fertility.damping": (0.7, 0.8, 0.85, 0.9),
    "fertility.local": (3, 5, 10, 15),
    "shape.size_kernel": (0.3, 0.5, 0.8),
    "shape.group_weight": (1.0, 3.0, 10.0, 30.0),
    "shape.bin_shrink": (1e3, 3e3, 1e4),
    "shape.age_shrink": (200.0, 400.0, 800.0, 2000.0),
    "level.group_shrink": (3e5, 1e6, 3e6, 1e12),
    "level.own_shrink": (3e3, 1e4, 3e4, 1e5),
    "level.damping": (0.0, 0.15, 0.3, 0.45),
    "level.momentum_years": (2, 3, 4),
    "level.momentum_size": (1e4, 3e4, 6e4, 1e5),
    "level.momentum_decay": (0.7, 0.8, 0.9, 0.95),
    "old_ages.local_shrink": (200.0, 1000.0, 3000.0),
}


@dataclass(frozen=True)
class Data:
    """What is known, and two random halves of the areas."""

    observed: Accounts
    sources: Sources
    halves: tuple[list[str], list[str]]


def read_data() -> Data:
    """All unbroken municipalities, halved by a seeded permutation."""
    observed = read_population()
    codes = observed.population["area"].values
    mixed = np.random.default_rng(0).permutation(codes)
    return Data(observed, read_sources(), (sorted(mixed[::2].tolist()), sorted(mixed[1::2].tolist())))


def hindcasts_of(data: Data, method: Method, areas: Sequence[str] | None = None) -> xr.Dataset:
    """Hindcasts at the leads that count."""
    made = backtest(data.observed, method, origins=ORIGINS, horizon=LEADS[-1], areas=areas, sources=data.sources)
    return made.sel(lead=list(LEADS))


def figures(hindcasts: xr.Dataset) -> Array:
    """The twelve figures, ``[measure, lead]``."""
    found = score(hindcasts, measures=list(REACH))
    return np.array([found[name].values for name in REACH])


def overall(table: Array) -> float:
    """Mean of the figures over those to be reached; a lead without outcome is left out."""
    return float(np.nanmean(table / np.array(list(REACH.values()))))


def until(hindcasts: xr.Dataset, *, early: bool) -> xr.Dataset:
    """Forecasts for years to 2018, or for later ones."""
    wanted = (hindcasts["year"] <= LAST_OF_EARLY) == early
    return hindcasts.assign(observed=hindcasts["observed"].where(wanted))


def words(name: str, table: Array, parts: Sequence[float] = ()) -> str:
    """One line: the score of the twelve figures, that of parts, and the figures."""
    cells = [" ".join(f"{value:.2f}" for value in line) for line in table]
    beside = [" ".join(f"{part:.4f}" for part in parts)] if parts else []
    return f"{name:44} " + " | ".join([f"{overall(table):.4f}", *beside, *cells])


def row(data: Data, name: str, method: Method) -> str:
    """One line: the score of all, of the halves, early and late, and the twelve figures."""
    whole = hindcasts_of(data, method)
    table = figures(whole)
    parts = [overall(figures(hindcasts_of(data, method, half))) for half in data.halves]
    parts += [overall(figures(until(whole, early=early))) for early in (True, False)]
    return words(name, table, parts)


def with_choice(choice: str, value: object) -> Method:
    """The default method but for one choice."""
    return partial(default, parameters=DefaultParameters().changed(choice, value))


def without_shape() -> Method:
    """The default method without any local profile by age."""
    flat = DefaultParameters().changed("shape.bin_shrink", 1e9).changed("shape.age_shrink", 1e9)
    return partial(default, parameters=flat)


def by_path(
    observed: Accounts,
    years: Sequence[int],
    *,
    sources: Sources | None = None,
    step: Callable[[Array, Outlook, int], Array],
) -> xr.Dataset:
    """The default method's expectations, put into another annual step."""
    choices = DefaultParameters()
    outlook = outlook_of(read_known(observed, sources, None, choices), np.array(years), choices)
    path = [observed.population.values[..., -1].astype(float)]
    share = np.array([1.0 - outlook.male_share, outlook.male_share])
    for i in range(len(years)):
        start = aged(path[-1][..., None])[..., 0]
        end = step(start, outlook, i)
        women = (start + end)[:, 0] / 2.0
        born = (women * outlook.fertility[..., i]).sum(axis=1)
        end[:, :, 0] = born[:, None] * share * outlook.kept[:, :, 0, i]
        path.append(end)
    coords = {dim: observed.population[dim].values for dim in ("area", "sex", "age")}
    coords |= {"year": [*years, years[-1] + 1]}
    people = xr.DataArray(np.stack(path, axis=-1), coords=coords, dims=("area", "sex", "age", "year"))
    assert tuple(coords["sex"]) == SEXES
    return assumptions_for_path(people.assign_attrs(units=PERSONS))


def all_rates(start: Array, outlook: Outlook, i: int) -> Array:
    """Gains too as rates of the people who are there."""
    return start * (outlook.kept[..., i] + outlook.net[..., i])


def all_counts(start: Array, outlook: Outlook, i: int) -> Array:
    """Losses too as counts; a cell that they would empty holds nobody."""
    return np.maximum(start * outlook.kept[..., i] + outlook.net[..., i] * outlook.usual, 0.0)


def ablation(data: Data) -> Iterator[str]:
    """One change at a time."""
    yield f"{'change':44} score  | half A, half B, to 2018, later | MAPE | persons-weighted | age groups, at 1 3 5 10"
    yield row(data, "default", default)
    for choice, values in CHANGES.items():
        for value in values:
            yield row(
                data,
                f"{choice} {value:g}" if isinstance(value, float) else f"{choice} {value}",
                with_choice(choice, value),
            )
    yield row(data, "no local shape by age", without_shape())
    yield row(data, "gains as rates too", partial(by_path, step=all_rates))
    yield row(data, "losses as counts too", partial(by_path, step=all_counts))
    yield row(data, "held to the total without local shape", scale_to_total(default, without_shape()))


def random_settings(count: int) -> Iterator[DefaultParameters]:
    """Seeded settings over the wide ranges."""
    rng = np.random.default_rng(7)
    for _ in range(count):
        parameters = DefaultParameters()
        for choice, values in RANGES.items():
            parameters = parameters.changed(choice, values[int(rng.integers(len(values)))])
        yield parameters


def part_scores(data: Data, parameters: DefaultParameters) -> Array:
    """Scores on half A, half B, early and late years; each half fitted by itself."""
    method = partial(default, parameters=parameters)
    halves = [hindcasts_of(data, method, half) for half in data.halves]
    both = xr.concat(halves, dim="area")
    parts = [*halves, until(both, early=True), until(both, early=False)]
    return np.array([overall(figures(part)) for part in parts])


def choice(data: Data, count: int) -> Iterator[str]:
    """The best of random settings on one part, judged on the other."""
    mine = part_scores(data, DefaultParameters())
    tried = np.array([part_scores(data, one) for one in random_settings(count)])
    names = ("half A", "half B", "to 2018", "later")
    better = 100.0 * (tried < mine).mean(axis=0)
    for i, name in enumerate(names):
        each = tried[:, i]
        tries = f"random mean {each.mean():.4f}, best {each.min():.4f}, {better[i]:.0f} % of them better"
        yield f"{name:8} default {mine[i]:.4f}, {tries}"
    for here, there in ((0, 1), (1, 0), (2, 3), (3, 2)):
        best = int(np.argmin(tried[:, here]))
        few = tried[np.argsort(tried[:, here])[: max(1, count // 10)], there].mean()
        yield (
            f"chosen on {names[here]}: on {names[there]} {tried[best, there]:.4f} (the best tenth {few:.4f}), "
            f"default {mine[there]:.4f}, best possible {tried[:, there].min():.4f}"
        )
    ranks = np.argsort(np.argsort(tried, axis=0), axis=0)
    over_areas, over_time = (np.corrcoef(ranks[:, pair].T)[0, 1] for pair in ([0, 1], [2, 3]))
    yield f"rank correlation: halves of the areas {over_areas:.2f}, times {over_time:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.evidence", description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="*", choices=["ablation", "choice"], help="all unless given")
    parser.add_argument("--settings", type=int, default=200, help="random settings of the part choice")
    given = parser.parse_args()
    data = read_data()
    parts = {
        "ablation": ablation,
        "choice": partial(choice, count=given.settings),
    }
    for name in given.part or parts:
        print(f"\n{name}")
        for line in parts[name](data):
            print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
