"""At the start households and dwellings are calibrated to each other: no jump in the first year, and units are seen."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.schema import SchemaError
from tests.worlds.town import Town, dwellings

YEARS = range(2025, 2030)


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(years=YEARS)


def stock_times(town: Town, factor: float | xr.DataArray) -> xr.DataArray:
    return (town.stock * factor).transpose(*town.stock.dims).assign_attrs(units="dwellings")


def growth(town: Town, factor: float | xr.DataArray, follow: float) -> xr.DataArray:
    """Yearly growth by zone, where the dwellings stay as they are."""
    model = replace(town.model, pass_through=follow)
    forecast = town.forecast(town.housing(dwellings(stock_times(town, factor), YEARS), model=model))
    return forecast.population.sum(["sex", "age"]).diff("year")


@pytest.mark.parametrize("factor", [0.8, 0.97, 1.03, 1.25])
@pytest.mark.parametrize("follow", [0.4, 1.0])
def test_a_stock_of_another_level_than_the_headship_makes_no_jump(town: Town, factor: float, follow: float) -> None:
    fitting, other = growth(town, 1.0, follow), growth(town, factor, follow)
    assert np.abs(other - fitting).max() < 1e-6


def test_zones_are_calibrated_one_by_one_and_it_is_reported(town: Town) -> None:
    by_zone = xr.DataArray([0.9, 1.0, 1.2], coords={"area": town.areas})
    model = replace(town.model, pass_through=1.0)
    housing = town.housing(dwellings(stock_times(town, by_zone), YEARS), model=model)
    forecast, record = town.run(housing)
    stocks = record.stocks
    assert np.abs(stocks.headship_level - by_zone).max() < 1e-12
    formed = stocks.headship_level * kh.households_of(forecast.population, model.headship).sel(year=stocks.year)
    assert np.abs(stocks.households - formed).max() < 1e-9
    assert np.abs(stocks.households - stocks.occupied).max() < 1e-9


def test_new_dwellings_still_raise_a_calibrated_zone(town: Town) -> None:
    stock = stock_times(town, 1.1)
    model = replace(town.model, pass_through=1.0)
    built = {("Lia", "row", 2026): 50.0}
    more, usual = (
        town.forecast(town.housing(dwellings(stock, YEARS, each), model=model)).population.sum(["sex", "age"])
        for each in (built, {})
    )
    gained = (more - usual).sel(area="Lia", year=2027)
    # 48.5 of 50 are moved into, by households 1.1 times as many as the headship rates give
    size = usual.sel(area="Lia", year=2027) / (0.97 * stock.sel(area="Lia").sum())
    assert float(gained) == pytest.approx(48.5 * float(size), rel=0.15)


@pytest.mark.parametrize("factor", [0.001, 0.01, 100.0])
def test_dwellings_of_another_unit_are_refused(town: Town, factor: float) -> None:
    homes = dwellings(stock_times(town, factor), YEARS)
    with pytest.raises(kh.HousingError, match=r"are occupied at the start of 2025 .* not in thousands"):
        town.forecast(town.housing(homes))


def test_a_stock_that_is_not_counted_in_dwellings_is_refused(town: Town) -> None:
    for unit in ("households", "1000 dwellings"):
        with pytest.raises(SchemaError, match=r"stock: .*dwellings"):
            dwellings(town.stock.assign_attrs(units=unit), YEARS)


def test_both_paths_begin_with_the_same_dwellings(town: Town) -> None:
    more = dwellings(stock_times(town, 1.01), YEARS)
    with pytest.raises(
        kh.HousingError,
        match="6 zones and types do not begin with the dwellings of the scenario; the first is area Havna",
    ):
        town.forecast(town.housing(town.still, reference=more))
