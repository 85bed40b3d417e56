"""
A municipality from open data
=============================

A table of people by municipality, sex, single age and year is all that this forecast needs. Give your own table and
the code of your municipality::

    python examples/open_data.py population.csv 3201

Without them it takes official statistics from a folder beside the checkout, or makes up a few municipalities.
"""

import sys
from pathlib import Path

import numpy as np

import kompaslite as kl
from kompaslite.datasets import made_up

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "population_municipality_age_sex_2005_2026.parquet"
given = sys.argv[1:]
table = Path(given[0]) if given else BESIDE

# %%
# Read the table
# --------------
# Every row is accounted for: used, or set aside with a reason. Areas that lack a year are set aside.

if table.is_file():
    people = kl.read_population(table, incomplete="set aside")
    print(people.attrs["reading"])
else:
    people = made_up(12).population
    print("No table was given, so these municipalities are made up.")

areas = people["area"].values.tolist()
mine = given[1] if len(given) > 1 else "3201" if "3201" in areas else areas[-1]
origin = int(people["year"][-1])
observed = kl.Accounts(people)

# %%
# Forecast
# --------
# The default method reads births, deaths and moves from the population alone. It draws local patterns to those of
# places of like size.

assumptions = kl.methods.default(observed, range(origin, origin + 15))
forecast = kl.check_balance(kl.project(people.sel(year=origin), assumptions)).population.sel(area=[mine])

groups = {"kindergarten": (1, 5), "primary": (6, 12), "lower secondary": (13, 15), "care": (80, None)}
by_group = kl.age_groups(forecast.sum("sex"), groups).sel(
    area=mine, year=[origin, origin + 5, origin + 10, origin + 15]
)
print(f"Municipality {mine}, persons on 1 January:")
print(by_group.to_pandas().round().astype(int).to_string())

# %%
# How good has it been?
# ---------------------
# The same method, as it would have forecast from each of the last years, on the forty places nearest in size.

size = people.sel(year=origin).sum(["sex", "age"])
apart = abs(np.log(size / size.sel(area=mine)))
near = apart.sortby(apart)["area"].values[:40]
peers = kl.Accounts(people.sel(area=sorted(near.tolist())))
made = kl.evaluation.sum_over_sex_age(
    kl.backtest(peers, kl.methods.default, origins=range(origin - 14, origin), horizon=5)
)
same = kl.evaluation.sum_over_sex_age(
    kl.backtest(peers, kl.methods.no_change, origins=range(origin - 14, origin), horizon=5)
)
errors = kl.score(made, references={"no change": same})
print("\nMean error of the total in per cent by lead, and how much less it is than with no change:")
print(errors[["mape", "mape_difference"]].to_dataframe().round(2).to_string())

# %%
# The forecast with its interval
# ------------------------------
# Errors of the past say how far the forecast may be off.

total = forecast.sum(["sex", "age"])
interval = kl.evaluation.interval_around(total, made, quantiles=[0.1, 0.9]).sel(area=mine)
print("\nEight in ten such forecasts would be between:")
print(interval.sel(year=[origin + 1, origin + 5, origin + 10]).to_pandas().round().astype(int).to_string())

ax = kl.plot.plot_fan(
    total.sel(area=mine, year=slice(origin + 1, None)),
    quantiles=interval,
    observed=people.sum(["sex", "age"]).sel(area=mine),
)
