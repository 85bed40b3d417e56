"""
Housing in Baerum: what 174 dwellings fewer explain, and what 900 more bring
=============================================================================

The population note says that 582 dwellings were expected in 2025, that 408 were completed, and that 217 people fewer
lived in Baerum than forecast. How much of that came from the dwellings? And what would a new neighbourhood bring?

All parameters stand, with their sources, in ``src/kompaslite/datasets/baerum/housing.toml``.
"""

import pandas as pd
import xarray as xr

import kompaslite.housing as kh
from kompaslite.accounts import Accounts, check_balance, known_at
from kompaslite.datasets import load_example
from kompaslite.engine import project
from kompaslite.housing.figures import FittedHousing, fit_housing

DRAWS = 1000
FIGURES = load_example("baerum").housing


def words(values: xr.DataArray, digits: int) -> str:
    """Mean and 90 % interval."""
    stats = kh.mean_and_interval(values)
    mean, low, high = (float(stats[name].squeeze()) for name in ("mean", "low", "high"))
    return f"{mean:.{digits}f} ({low:.{digits}f}, {high:.{digits}f})"


def forecast_2025() -> tuple[xr.Dataset, Accounts, pd.Series]:
    """The forecast of 2025 from what was known on 1 January, and by how much the outcome missed the municipality's."""
    baerum = load_example("baerum")
    rates = baerum.method(known_at(baerum.observed, 2025), [2025])
    trend = check_balance(project(baerum.observed.population.sel(year=2025), rates))
    print(f"Growth in 2025 with 582 dwellings: {growth(trend):,.0f}; the municipality's own forecast (KOMPAS): 1,087")
    return rates, trend, baerum.note.deviation["deviation"]


def growth(accounts: Accounts) -> float:
    """Persons gained from the first 1 January to the second."""
    people = accounts.population.sum(["area", "sex", "age"])
    return float(people.isel(year=1) - people.isel(year=0))


def vacated(housing: FittedHousing, rates: xr.Dataset, trend: Accounts) -> None:
    """Print the dwellings vacated in 2025 and who filled them."""
    planned = kh.Housing(housing.model, housing.planned, reference=housing.planned)
    _, record = kh.project_with_housing(trend.population.sel(year=2025), rates, planned, trend=trend)
    flows = record.flows.sum()
    by_leavers, by_deaths = float(flows.released_by_moves), float(flows.released_by_deaths)
    print(
        f"Vacated in 2025: {by_leavers + by_deaths + float(flows.freed):,.0f} dwellings, of these by leavers "
        f"{by_leavers:,.0f}, by deaths {by_deaths:,.0f}, by moves inside the municipality {float(flows.freed):,.0f}"
    )


def deviation_of_2025(rates: xr.Dataset, trend: Accounts, missed: pd.Series) -> None:
    """Print two yields of a dwelling, and the plan's part of the deviation by age group."""
    housing = fit_housing(FIGURES, trend, draws=DRAWS)
    mixed = (kh.housing_yield(housing.model) * housing.parameters.new.shares.array).sum("dwelling_type")
    print(f"One more dwelling, persons: structural {words(mixed.structural, 2)}, effective {words(mixed.effective, 2)}")
    completed, _ = kh.project_with_housing(trend.population.sel(year=2025), rates, housing.housing, trend=trend)
    print("\nDeviation on 1 January 2026 by age group; the plan's part is modelled, with its 90 % interval:")
    print(kh.plan_deviation(trend, completed, missed.to_dict(), year=2026).round(1).to_string())


def neighbourhood(trend_2025: Accounts) -> None:
    """Print what 900 dwellings in 2030-2032 bring until 2050, beyond 450 a year."""
    baerum = load_example("baerum")
    years = range(2026, 2050)
    rates = baerum.method(baerum.observed, years)
    start = baerum.observed.population.sel(year=2026)
    known = fit_housing(FIGURES, trend_2025)
    stock = known.completed.stock.sel(year=2026, drop=True)
    usual = (450.0 * known.parameters.new.shares.array).expand_dims(area=stock["area"].values, year=list(years))
    usual = usual.transpose("area", "dwelling_type", "year").assign_attrs(units="dwellings/year")
    more = usual.copy()
    more.loc[{"dwelling_type": "block", "year": slice(2030, 2032)}] += 300.0
    paths = [kh.build(stock, built, vacancy=0.03) for built in (usual, more)]
    housing = kh.Housing(known.model, paths[1], reference=paths[0])
    forecast, record = kh.project_with_housing(start, rates, housing)
    parts = kh.explain_housing(check_balance(forecast), record.trend, record=record).squeeze("area", drop=True)
    print("\n900 dwellings more in 2030-2032, persons more on 1 January, by how they came about:")
    print(parts.sel(year=[2031, 2033, 2040, 2050]).to_dataframe().round(0).to_string())


def main() -> None:
    """Print everything."""
    rates, trend, missed = forecast_2025()
    vacated(fit_housing(FIGURES, trend), rates, trend)
    deviation_of_2025(rates, trend, missed)
    neighbourhood(trend)


if __name__ == "__main__":
    main()
