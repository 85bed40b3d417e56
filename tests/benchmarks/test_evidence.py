"""The evidence of the default method measures what it says."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from benchmarks.evidence import read_data
from benchmarks.evidence_ceiling import CHOICES, Came, expected, informed, what_came
from kompaslite.accounts import Accounts, known_at
from kompaslite.methods import default
from kompaslite.methods.default_method.inputs import read_known

ORIGIN, YEARS = 2016, range(2016, 2026)


@pytest.fixture(scope="module")
def data(shared):
    whole = read_data()
    some = whole.observed.population["area"].values[:12]
    return replace(whole, observed=Accounts(whole.observed.population.sel(area=some)))


@pytest.fixture(scope="module")
def known(data):
    return known_at(data.observed, ORIGIN), data.sources.known_at(ORIGIN)


def test_a_nation_that_comes_as_expected_changes_nothing(data, known):
    observed, sources = known
    migration, fertility = expected(read_known(observed, sources, None, CHOICES), np.array(YEARS))
    came = Came(np.array(YEARS), migration, fertility)
    made = informed(observed, YEARS, sources=sources, came=came, parts=["migration", "fertility"])
    plain = default(observed, YEARS, sources=sources)
    for name in ("fertility", "in_migration", "out_migration"):
        xr.testing.assert_allclose(made[name], plain[name], rtol=1e-9, atol=1e-12)


def test_the_nation_as_it_came_is_known_in_the_years_ahead(data, known):
    observed, sources = known
    came = what_came(data)
    assert came.years[-1] > ORIGIN
    made = informed(observed, YEARS, sources=sources, came=came, parts=["fertility"])
    plain = default(observed, YEARS, sources=sources)
    # births fell, which nothing known at the origin said
    assert float(made["fertility"].sel(year=2023).sum()) < 0.95 * float(plain["fertility"].sel(year=2023).sum())
    xr.testing.assert_equal(made["in_migration"], plain["in_migration"])
