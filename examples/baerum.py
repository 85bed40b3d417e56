"""
Baerum from its population note
===============================

Last year's forecast against the outcome, and the years to 2050.
"""

import kompaslite as kl

baerum = kl.load_example("baerum")
print(baerum.note.deviation)

before = kl.known_at(baerum.observed, 2025)
last_year = kl.project(before.population.sel(year=2025), baerum.method(before, [2025]))

baseline = baerum.method(baerum.observed, range(2026, 2050))
forecast = kl.check_balance(kl.project(baerum.observed.population.sel(year=2026), baseline))

people = baerum.observed.population
actual = {"start": people.sel(year=2025), "actual": people.sel(year=2026)}
print(kl.deviation_table(**actual, forecast=last_year.population.sel(year=2026)))

pupils = kl.age_groups(forecast.population.sum("sex"), {"primary": (6, 12), "lower secondary": (13, 15)})
print(pupils.sel(area="3201", year=[2026, 2030, 2040, 2050]).to_pandas().round())
