"""
A nation with many futures
==========================

Every municipality of a nation, many draws, thirty years: more numbers than memory holds, but only quantiles are kept.
The nation is made up and small, so that this runs in seconds; give more municipalities and draws::

    python examples/national_futures.py 357 1000
"""

import sys

import kompaslite as kl
from kompaslite.datasets import made_up
from kompaslite.uncertainty import fit_levels

given = [int(number) for number in sys.argv[1:]]
municipalities, draws = given if len(given) == 2 else (12, 60)

# %%
# What is assumed, and how levels wander
# --------------------------------------
# The levels of births and moves are fitted to what they did: one path for the nation, and one for each municipality
# beside it.

observed = made_up(municipalities, years=range(2011, 2027))
baseline = kl.methods.default(observed, range(2026, 2056))
futures = kl.uncertainty.sample(baseline, fit_levels(observed), draws=draws, seed=1)

# %%
# Blocks through the engine
# -------------------------
# The nation is a region: its quantiles come from the sum of its municipalities in each draw, and are not sums of
# quantiles.

jump_off = observed.population.sel(year=2026)
kept = kl.uncertainty.Reduce(quantiles=(0.1, 0.5, 0.9), regions={"nation": None})
summary = kl.project_summary(jump_off, futures, reduce=kept)
print(summary.attrs["label"])

nation = summary["quantiles"].sel(area="nation", age_group=["6-12", "80-84", "total"], year=[2027, 2035, 2055])
for group in nation["age_group"].values:
    print(f"\nPersons of {group}, by year and quantile:")
    print(nation.sel(age_group=group).transpose("year", "quantile").to_pandas().round().astype(int).to_string())

# %%
# The same on dask
# ----------------
# Where an input is backed by dask, nothing is computed until it is asked for, on any dask scheduler. The numbers are
# the same to the last bit.

lazy = kl.project_summary(jump_off.chunk(area=5), futures, reduce=kept)
same = lazy["quantiles"].compute(scheduler="threads").equals(summary["quantiles"])
print(f"The same on dask's threads to the last bit: {same}")
assert same
