"""
Housing alternatives side by side
=================================

The council has a programme of 720 dwellings. What if it is built as planned, three years late, or only by two thirds?
The answer is a table of pupils, with what is not known about the effect of dwellings as an interval.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

import kompaslite as kl
from kompaslite.scenario import HousingPlan

# %%
# The alternatives
# ----------------
# Each says what it is and why. They share the programme, the data and the luck of the draws.

plans = {
    "nothing more": None,
    "as planned": HousingPlan(programme="programme.toml", because="all goes well"),
    "three years late": HousingPlan(programme="programme.toml", delay=3.0, because="the road comes later"),
    "two thirds": HousingPlan(programme="programme.toml", realisation=2 / 3, because="prices have fallen"),
}
common = {"because": "for the council", "first_year": 2026, "last_year": 2041}
draws = kl.scenario.Uncertainty(draws=100, seed=1)
baerum = kl.load_example("baerum")

with TemporaryDirectory() as temporary:
    folder = Path(temporary) / "plan"
    kl.new_folder("baerum", folder)
    programme = kl.housing.read_programme(folder / "programme.toml")
    runs = {}
    for name, plan in plans.items():
        scenario = kl.Scenario(name=name, housing=plan, uncertainty=draws, **common)
        runs[name] = kl.run_scenario(scenario, folder=folder, data=baerum)

print("Dwellings, planned and expected:")
dwellings = kl.housing.programme_table(programme, years=range(2026, 2034))[["planned", "expected"]]
print(dwellings.sum(["area", "dwelling_type"]).to_dataframe().round().astype(int).T.to_string())

# %%
# Pupils beyond the trend
# -----------------------
# The difference of two futures with the same luck, so that the interval holds nothing but the effect of the dwellings.

years = [2028, 2030, 2032, 2035, 2040]
schools = {"primary": (6, 12), "lower secondary": (13, 15)}
kept = kl.uncertainty.Reduce(groups=schools, keep_draws=True)
pupils = {name: run.draw(reduce=kept)["draws"].sel(area="3201", year=years) for name, run in runs.items()}
for school in schools:
    print(f"\nMore pupils in {school} school than without the programme, median (80 % of the futures):")
    cells = {}
    for name in list(plans)[1:]:
        more = (pupils[name] - pupils["nothing more"]).sel(age_group=school)
        ends = more.quantile([0.1, 0.5, 0.9], "draw").round().astype(int)
        cells[name] = [f"{middle} ({low}-{high})" for low, middle, high in ends.transpose("year", "quantile").values]
    print(pd.DataFrame(cells, index=pd.Index(years, name="1 January")).to_string())

# %%
# What one dwelling brings
# ------------------------
# Two numbers: what the accounts of the stock give, and what is left without those who would have come anyway.

print("\nPersons per dwelling:")
model = runs["as planned"].record.housing.model
print(kl.housing.housing_yield(model).sel(area="3201", drop=True).to_dataframe().round(2).to_string())

# %%
# Where the difference comes from
# -------------------------------

print("\nPersons on 1 January 2035, against the trend, by how they came about:")
parts = {}
for name in list(plans)[1:]:
    run = runs[name]
    why = kl.housing.explain_housing(run.forecast, run.trend, record=run.record)
    parts[name] = why.sel(area="3201", year=2035, drop=True).to_array("part").to_series()
print(pd.DataFrame(parts).round().astype(int).to_string())
