"""What would be left if the nation's future were known: ``python -m benchmarks.evidence_ceiling``.

The default method is run as it is, and with the nation's net migration by age, its fertility, or both, as they came in
the years that are forecast. No method can know them; the difference says how much of the error is the nation's, which
no choice of the local model can mend, and how much is the places' own. Beside it stand the official vintages for
Telemark by age group, on the same municipalities and origins.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import xarray as xr

from benchmarks.evidence import LEADS, ORIGINS, Data, figures, read_data, words
from benchmarks.skill import HORIZON
from benchmarks.telemark import FINER, GROUPS, by_group, read_vintages
from kompaslite.accounts import Accounts
from kompaslite.evaluation import backtest, common_cases, official_hindcasts, sum_groups, sum_over_sex_age
from kompaslite.methods import DefaultParameters, Method, Sources, default
from kompaslite.methods.default_method.cohorts import Array, Whole, at_years, net_survivors
from kompaslite.methods.default_method.inputs import Known, read_known
from kompaslite.methods.default_method.method import assumptions_of
from kompaslite.methods.default_method.migration import migration_ahead, migration_rates
from kompaslite.methods.default_method.outlook import outlook_of
from kompaslite.methods.default_method.vital import births_of, fertility_ahead, fertility_level

CHOICES = DefaultParameters()


@dataclass(frozen=True)
class Came:
    """The nation as it came: net migration per head ``[sex, age, year]``, children per woman ``[year]``."""

    years: Whole
    migration: Array
    fertility: Array


def what_came(data: Data) -> Came:
    """Of all years, those after an origin too."""
    nation = read_known(data.observed, data.sources, None, CHOICES).nation
    cohorts, past = nation.cohorts, nation.mortality(nation.cohorts.years)
    rates = migration_rates(net_survivors(cohorts, past), cohorts.start, fewest=CHOICES.nation.fewest)
    return Came(cohorts.years, rates, fertility_level(cohorts, births_of(cohorts, past), nation.schedule))


def expected(known: Known, years: Whole) -> tuple[Array, Array]:
    """What the method expects of the nation: net migration per head and children per woman."""
    cohorts, past = known.nation.cohorts, known.nation.mortality(known.nation.cohorts.years)
    leads = (years - cohorts.years[-1]).astype(float)
    migration = migration_ahead(net_survivors(cohorts, past), cohorts.start, leads, CHOICES.nation)
    level = fertility_level(cohorts, births_of(cohorts, past), known.nation.schedule)
    return migration, fertility_ahead(level, leads, CHOICES.fertility)


def informed(
    observed: Accounts, years: Sequence[int], *, sources: Sources, came: Came, parts: Sequence[str]
) -> xr.Dataset:
    """The default method's assumptions, with parts of the nation's future as it came."""
    known, wanted = read_known(observed, sources, None, CHOICES), np.array(years)
    outlook, (migration, fertility) = outlook_of(known, wanted, CHOICES), expected(known, wanted)
    if "migration" in parts:
        beyond = at_years(came.migration, came.years, wanted) - migration
        beyond[:, CHOICES.old_ages.first :] = 0.0
        outlook = replace(outlook, net=outlook.net + beyond)
    if "fertility" in parts:
        outlook = replace(
            outlook, fertility=outlook.fertility * at_years(came.fertility, came.years, wanted) / fertility
        )
    return assumptions_of(outlook, observed.population, years)


def telemark(made: xr.Dataset, data: Data, vintages: xr.DataArray) -> Iterator[str]:
    """Persons-weighted error by age group at leads 5 and 10, and that of the official vintages."""
    origins = [origin for origin in vintages["origin"].values if origin in made["origin"].values]
    for groups in (GROUPS, FINER):
        outcome = sum_groups(data.observed.population.sum("sex"), groups)
        published = official_hindcasts(vintages.sel(age_group=list(groups)), outcome, leads=HORIZON)
        here = made.sel(origin=origins, area=published["area"].values)
        mine = sum_over_sex_age(here.map(sum_groups, keep_attrs=True, groups=groups), keep=["age_group"])
        both = [list(by_group(part, "")) for part in common_cases(mine, published)]
        for lead in (5, 10):
            errors = [
                {
                    one["age_group"]: float(one["value"])
                    for one in part
                    if (one["measure"], one["lead"]) == ("wape", lead)
                }
                for part in both
            ]
            cells = (f"{group} {error:.2f} ({errors[1][group]:.2f})" for group, error in errors[0].items())
            yield f"    Telemark, lead {lead}, persons-weighted (official): " + ", ".join(cells)


def ceiling(data: Data) -> Iterator[str]:
    """The twelve figures, and Telemark, as the nation is known better."""
    came, whole = what_came(data), read_vintages()
    inside = [code for code in whole["area"].values.tolist() if code in data.observed.population["area"].values]
    vintages = whole.sel(area=inside, origin=slice(ORIGINS[0], ORIGINS[-1]))
    tried: dict[str, Method | Callable[..., xr.Dataset]] = {"default": default}
    for name, parts in (
        ("migration", ["migration"]),
        ("fertility", ["fertility"]),
        ("both", ["migration", "fertility"]),
    ):
        tried[f"the nation's {name} known"] = partial(informed, came=came, parts=parts)
    for name, method in tried.items():
        made = backtest(data.observed, method, origins=ORIGINS, horizon=LEADS[-1], sources=data.sources)
        yield words(name, figures(made.sel(lead=list(LEADS))))
        yield from telemark(made, data, vintages)


def main() -> None:
    for line in ceiling(read_data()):
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
