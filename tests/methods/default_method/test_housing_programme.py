"""The default method with housing: dwellings that were not in the trend bring people."""

from functools import partial

import numpy as np
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.methods import Sources, default, forecast_by
from kompaslite.methods.default_method import with_housing
from tests.worlds.town import Town, dwellings, stock_of

YEARS = range(2025, 2031)


@pytest.fixture(scope="module")
def past():
    """Ten years of three zones, with gross moves by sex and age."""
    return Town(years=range(2015, 2025)).trend


def housing(built):
    def make(jump_off, assumptions, sources):
        stock = stock_of(jump_off.drop_vars("year"))
        market = kh.even_market(stock, external=0.45, new=0.2)
        homes = dwellings(stock, YEARS, built)
        return kh.Housing(kh.HousingModel.with_defaults(market), homes)

    return make


def test_a_programme_brings_people_to_its_zone(past):
    make = housing({("Lia", "row", 2026): 300.0})
    plain = forecast_by(default, past, YEARS)
    driven = forecast_by(partial(default, housing=with_housing(make)), past, YEARS)
    more = (driven.population - plain.population).sum(["sex", "age"])
    assert float(more.sel(area="Lia", year=2028)) > 30.0
    np.testing.assert_allclose(more.sel(year=[2025, 2026]), 0.0, atol=1e-6)
    # the assumptions that were read off give the projection that housing drove
    last = past.population.sel(year=2025)
    assumed = default(past, YEARS)
    expected, _ = kh.project_with_housing(last, assumed, make(last, assumed, Sources()))
    np.testing.assert_allclose(driven.population, expected.population, rtol=1e-9)


def test_housing_is_made_from_the_jump_off_the_assumptions_and_the_sources(past):
    seen = []

    def make(jump_off, assumptions, sources):
        seen.append((jump_off, assumptions, sources))
        return housing({})(jump_off, assumptions, sources)

    known = Sources()
    forecast_by(partial(default, housing=with_housing(make)), past, YEARS, sources=known)
    jump_off, assumptions, sources = seen[0]
    xr.testing.assert_identical(jump_off, past.population.sel(year=2025))
    xr.testing.assert_identical(assumptions, default(past, YEARS, sources=known))
    assert sources is known


def test_without_dwellings_beyond_the_reference_nothing_changes(past):
    plain = forecast_by(default, past, YEARS)
    driven = forecast_by(partial(default, housing=with_housing(housing({}))), past, YEARS)
    np.testing.assert_allclose(driven.population, plain.population, rtol=1e-6)
