"""The engine against official projections and reference runs; sources are named in `benchmarks.agencies`."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from benchmarks import agencies
from kompaslite.accounts import check_balance
from kompaslite.assumptions import assume
from kompaslite.engine import project
from kompaslite.rates import fit_fertility, fit_migration, fit_mortality, total_fertility


@pytest.fixture(scope="module")
def vectors(shared: Path) -> Path:
    folder = shared / "vectors"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/vectors with reference runs is not beside this checkout")
    return folder


def _worst_relative(comparison: agencies.Comparison, name: str) -> float:
    found, published = xr.align(comparison.found[name], comparison.published[name], join="right")
    assert not found.isnull().all()
    off = np.abs(found - published) / np.abs(published)
    return float(off.where(published != 0).max())


def test_canada_1950_2020_of_the_united_nations(vectors):
    """World Population Prospects 2019 by ccmppWPP; 70 chained years."""
    comparison = agencies.un_canada(vectors)
    assert comparison.accounts.years == tuple(range(1950, 2021))
    assert comparison.published["population"].size == 71 * 2 * 101
    for name in ("population", "births by mother's age", "births by sex", "deaths"):
        assert _worst_relative(comparison, name) < 1e-12
    check_balance(comparison.accounts)


def test_canada_with_the_other_timing_is_off(vectors, monkeypatch):
    """The vector tells the United Nations' two timings apart: the "even" one is off by up to 2,854 in a cell."""
    monkeypatch.setattr(agencies.Convention, "un_end", agencies.Convention.un_even)
    comparison = agencies.un_canada(vectors)
    off = np.abs(comparison.found["population"] - comparison.published["population"])
    assert 2000 < float(off.max()) < 4000


def test_sweden_1993_in_one_step_of_five_years(vectors):
    """Preston, Heuveline & Guillot (2001), Demography, box 6.2: whole persons as printed."""
    comparison = agencies.sweden_1993(vectors)
    assert comparison.accounts.step == 5
    for name in ("population", "births by mother's age"):
        rounded = np.rint(comparison.found[name])
        xr.testing.assert_equal(*xr.align(rounded, comparison.published[name].astype(float), join="exact"))
    check_balance(comparison.accounts)


@pytest.mark.parametrize(("agency", "step"), [(agencies.un_canada, 1), (agencies.sweden_1993, 5)])
def test_what_is_fitted_on_a_reference_run_is_assumed_and_gives_it_back(vectors, agency, step):
    """Years and ages of one and of five years: estimate, assumption and projection close."""
    accounts = agency(vectors).accounts
    assert accounts.step == step
    assumed = assume(
        fertility=fit_fertility(accounts, window=None, annual=True),
        mortality=fit_mortality(accounts, window=None, annual=True),
        migration=fit_migration(accounts, window=None, annual=True),
        years=accounts.years[:-1],
    )
    made = project(accounts.population.isel(year=0), assumed)
    xr.testing.assert_allclose(made.population, accounts.population, rtol=1e-9, atol=1e-6)
    women = (accounts.flows["births"].sum("sex") / assumed.fertility.where(assumed.fertility > 0.0)).sum("age")
    assert (total_fertility(assumed.fertility) > 0.5).all()
    assert (women > 0.0).all()


def test_aargau_2025_2055_of_the_swiss_statistical_office(vectors):
    """STAT-TAB px-x-0104020000_101 to _109: two scenarios, two nationalities, chained, never re-based."""
    comparison = agencies.aargau(vectors)
    found, published = comparison.found["population"], comparison.published["population"]
    assert published.size == 2 * 2 * 2 * 101 * 31
    assert float(np.abs(found - published).max()) < 0.6
    totals = [array.sel(year=2055).sum(["area", "sex", "age"]) for array in (found, published)]
    assert float(np.abs(totals[0] - totals[1]).max()) < 1.0
    assert totals[1].sel(scenario="reference") == 893_809
    assert totals[1].sel(scenario="high") == 985_570
    check_balance(comparison.accounts)


def test_naturalisation_in_aargau_conserves_people(vectors):
    flows = agencies.aargau(vectors).accounts.flows
    out, into = flows["moves_out"].sum("area"), flows["moves_in"].sum("area")
    xr.testing.assert_allclose(out, into, rtol=1e-12)
    assert float(flows["moves_out"].sel(area="ch").sum()) == 0.0
    assert float(flows["moves_in"].sel(area="ch").sum()) > 0.0


def test_umea_2019_2031_of_befproj(vectors):
    """All 26 figures that the documentation of befproj prints, to their last digit."""
    comparison = agencies.umea(vectors)
    assert comparison.published["printed figures"].size == 26
    assert agencies.same_digits(comparison.found["printed figures"], comparison.published["printed figures"])
    check_balance(comparison.accounts)


def test_births_in_norway_from_published_fertility_rates(vectors):
    """Human Fertility Database rates times exposure against registered births 1967-2022."""
    comparison = agencies.norway(vectors)
    found, registered = comparison.found["births"], comparison.published["births"]
    off = found / registered - 1.0
    assert off.size == 56
    assert abs(float(off.mean())) < 0.001
    assert float(np.abs(off).max()) < 0.015
