"""Every convention against stored figures of the oracle, and the stored figures against the oracle."""

import json

import numpy as np
import pytest

from kompaslite.accounts import check_balance
from kompaslite.engine import project
from tests.reference.small_vectors import FILE, by_oracle, case_of
from tests.strategies import PRESETS


@pytest.fixture(scope="module")
def vectors() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("areas", ["apart", "coupled"])
@pytest.mark.parametrize("name", list(PRESETS))
def test_a_convention_gives_its_stored_figures(vectors, name, areas, engine):
    if engine == "numba":
        pytest.importorskip("numba", reason="the extra fast is not installed")
    case = case_of(vectors[areas])
    accounts = check_balance(project(case.jump_off, case.assumptions, convention=PRESETS[name], engine=engine))
    for what, wanted in vectors[areas]["expected"][name].items():
        found = accounts.population.isel(year=slice(1, None)) if what == "population" else accounts.flows[what]
        values = found.transpose("year", "area", "sex", "age").values
        np.testing.assert_allclose(values, wanted, rtol=1e-11, atol=1e-11, err_msg=what)


@pytest.mark.parametrize("areas", ["apart", "coupled"])
@pytest.mark.parametrize("name", list(PRESETS))
def test_the_stored_figures_are_those_of_the_oracle(vectors, name, areas):
    found = by_oracle(case_of(vectors[areas]), name)
    assert found.keys() == vectors[areas]["expected"][name].keys()
    for what, wanted in vectors[areas]["expected"][name].items():
        np.testing.assert_allclose(found[what], wanted, rtol=1e-11, atol=1e-11, err_msg=what)


def test_conventions_differ_in_their_figures(vectors):
    totals = {round(float(np.sum(one["population"][-1])), 6) for one in vectors["apart"]["expected"].values()}
    assert len(totals) == len(PRESETS)
