"""
A research backtest
===================

A new method is a function of what was known. Here are two, held against the library's own and against simple ones, on
municipalities that lie beside the checkout, or on made-up ones.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import kompaslite as kl
from kompaslite.datasets import made_up

TABLE = Path(__file__).resolve().parents[2] / "shared" / "data" / "population_municipality_age_sex_2005_2026.parquet"
HORIZON = 5

# %%
# The history
# -----------
# Forty municipalities of all sizes, so that the example is quick.

if TABLE.is_file():
    people = kl.read_population(TABLE, incomplete="set aside")
    size = people.isel(year=-1).sum(["sex", "age"])
    by_size = size.sortby(size)["area"].values
    chosen = by_size[np.linspace(0, len(by_size) - 1, 40).round().astype(int)]
    people = people.sel(area=sorted(chosen.tolist()))
else:
    people = made_up(24, years=range(2005, 2027)).population
history = kl.Accounts(people)
print(f"{people.sizes['area']} municipalities, {int(people.year[0])} to {int(people.year[-1])}")

# %%
# Two methods
# -----------
# The first is written here: Hamilton and Perry's cohort changes, with the total of the damped trend. The second is the
# mean of that and of the library's own. A method sees accounts that end at the origin, and nothing else.

damped = kl.methods.half_trend(10)
cohorts = kl.methods.hamilton_perry()
held = kl.methods.scale_to_total(cohorts, damped)
mean_of_two = kl.methods.average_methods([held, kl.methods.default])

methods = {
    "no change": kl.methods.no_change,
    "damped trend": damped,
    "Hamilton-Perry": cohorts,
    "held to the trend": held,
    "default": kl.methods.default,
    "mean of two": mean_of_two,
}

# %%
# The backtest
# ------------
# Every method is fitted anew at every origin.

origins = range(2016, 2026)
made = {name: kl.backtest(history, method, origins=origins, horizon=HORIZON) for name, method in methods.items()}
scores = {name: kl.score(one, measures=["mape", "group_error"]) for name, one in made.items()}
leads = [1, 3, 5]
for measure, words in (("mape", "total, each place alike"), ("group_error", "13 age groups, absolute")):
    print(f"\nMean error in per cent by lead: {words}")
    table = {name: one[measure].sel(lead=leads).to_series() for name, one in scores.items()}
    print(pd.DataFrame(table).round(2).T.to_string())

# %%
# Is the difference more than luck?
# ---------------------------------
# Municipalities are drawn with replacement, whole, with all their origins.

against = kl.score(
    made["mean of two"],
    measures="mape",
    references={"default": made["default"]},
    bootstrap=kl.evaluation.Bootstrap(resamples=300, seed=1),
)
print("\nError of the mean of two less that of the default method, per cent, with its interval:")
print(against["mape_difference"].sel(lead=leads, reference="default").to_pandas().round(3).to_string())

# %%
# Intervals and shelf life
# ------------------------
# Intervals learn from errors that were known at the origin, so they need origins from long before. Few places teach
# little: from forty the intervals come out too narrow. The page on backtests has the record of all.

longer = kl.backtest(history, kl.methods.default, origins=range(2008, 2026), horizon=HORIZON)
spread = kl.evaluation.empirical_intervals(kl.evaluation.sum_over_sex_age(longer)).sel(origin=slice(2012, None))
print("\nOutcomes inside the intervals of the default method, per cent (80 and 95 are wanted):")
print(kl.score(spread, measures=["coverage_80", "coverage_95"]).to_dataframe().round(0).to_string())
keeps = kl.evaluation.shelf_life(longer)
print(f"\nYears that a forecast keeps, 80 % of the places within 10 %: {int(keeps['shelf_life'])} of {HORIZON}")
