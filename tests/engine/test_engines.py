"""All engines against the oracle, and against each other, over random conventions and inputs."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.accounts import Accounts
from kompaslite.engine import Convention, Engine, project
from kompaslite.engine.pack import run_blocks
from tests import oracle
from tests.strategies import PRESETS, Case, cases, conventions, make_case

#: The common job.
LEAN = ("fertility", "sex_ratio_at_birth", "mortality", "out_migration", "in_migration")


def _full(accounts: Accounts, name: str) -> xr.DataArray:
    like = accounts.population.isel(year=slice(None, -1))
    return accounts.flows[name].broadcast_like(like).transpose(*like.dims)


def _require_equal(found: Accounts, wanted: Accounts, *, relative: float = 1e-12) -> None:
    np.testing.assert_allclose(found.population.values, wanted.population.values, rtol=relative, atol=1e-13)
    assert list(found.flows) == list(wanted.flows)
    for name in wanted.flows:
        # a small flow is a difference of larger numbers, so it is held to the size of its cell's population
        scale = float(wanted.population.max())
        np.testing.assert_allclose(_full(found, name), _full(wanted, name), rtol=relative, atol=relative * scale)


def _plain(case: Case, convention: Convention, **options) -> Accounts:
    """Run the scalar loops as they stand, without numba."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kompaslite.engine.run.run_numpy", lambda job, _driver: run_blocks(job))
        return project(case.jump_off, case.assumptions, convention=convention, engine="numpy", **options)


def _at(array, draw: int, position: int | None = None):
    """One draw, and one year, of whatever has them."""
    array = array.isel(draw=draw, drop=True) if "draw" in array.dims else array
    return array if position is None or "year" not in array.dims else array.isel(year=position, drop=True)


def _require_oracle(case: Case, accounts: Accounts, convention: Convention) -> None:
    """Hold every cell of every draw and year to the oracle."""
    for draw in range(accounts.population.sizes.get("draw", 1)):
        like = _at(accounts.population, draw, 0)
        like = like if "area" in like.dims else like.expand_dims(area=["0001"])
        people = oracle.lists(_at(case.jump_off, draw).broadcast_like(like), "area", "sex", "age")
        for position in range(accounts.population.sizes["year"] - 1):
            year = oracle.year_of(_at(case.assumptions, draw, position), like)
            people, flows = oracle.step(people, year, convention)
            found = _at(accounts.population, draw, position + 1).values.reshape(np.shape(people))
            np.testing.assert_allclose(found, people, rtol=1e-11, atol=1e-11)
            if year.net is not None:
                flows["net_migration"] = oracle.net_by_age_reached(year.net, convention)
            for name, persons in flows.items():
                flow = _at(_full(accounts, name), draw, position).values.reshape(np.shape(persons))
                np.testing.assert_allclose(flow, persons, rtol=1e-10, atol=1e-11, err_msg=name)


@settings(max_examples=60, deadline=None)
@given(cases(), conventions)
def test_numpy_gives_what_the_oracle_gives(case, convention):
    accounts = project(case.jump_off, case.assumptions, convention=convention, engine="numpy")
    _require_oracle(case, accounts, convention)


@settings(max_examples=40, deadline=None)
@given(cases(), conventions)
def test_plain_loops_give_what_numpy_gives(case, convention):
    wanted = project(case.jump_off, case.assumptions, convention=convention, engine="numpy")
    _require_equal(_plain(case, convention), wanted)


def _lean_case(seed: int) -> Case:
    case = make_case(np.random.default_rng(seed), {"age": 5, "year": 3, "area": 2})
    return Case(case.jump_off, case.assumptions[[*LEAN]])


@pytest.mark.parametrize("ages", [3, 4, 7, 101])
def test_results_written_past_the_cache_are_the_same(ages, monkeypatch):
    pytest.importorskip("numba", reason="the extra fast is not installed")
    case = make_case(np.random.default_rng(5), {"age": ages, "year": 3, "area": 5})
    wanted = project(case.jump_off, case.assumptions, engine="numba")
    monkeypatch.setattr("kompaslite.engine.pack.STREAMED", 0)
    found = project(case.jump_off, case.assumptions, engine="numba")
    xr.testing.assert_identical(found.population, wanted.population)
    xr.testing.assert_identical(found.flows, wanted.flows)


@settings(max_examples=10, deadline=None)
@given(cases(), st.sampled_from(sorted(PRESETS)))
def test_numba_gives_what_numpy_gives(case, name):
    pytest.importorskip("numba", reason="the extra fast is not installed")
    wanted = project(case.jump_off, case.assumptions, convention=PRESETS[name], engine="numpy")
    found = project(case.jump_off, case.assumptions, convention=PRESETS[name], engine=Engine("numba", threads=2))
    _require_equal(found, wanted)


def test_numba_gives_what_numpy_gives_on_many_blocks():
    pytest.importorskip("numba", reason="the extra fast is not installed")
    case = make_case(np.random.default_rng(5), {"age": 101, "year": 4, "area": 150})
    for assumptions in (case.assumptions, case.assumptions[[*LEAN]]):
        wanted = project(case.jump_off, assumptions, engine="numpy")
        for threads in (1, 2, 3):
            _require_equal(project(case.jump_off, assumptions, engine=Engine("numba", threads=threads)), wanted)


@pytest.mark.parametrize("name", ["BLOCK", "AT_ONCE"])
def test_numpy_gives_the_same_whatever_the_blocks(name, monkeypatch):
    case = make_case(np.random.default_rng(5), {"age": 6, "year": 3, "area": 7, "draw": 3}, pick=lambda: True)
    whole = project(case.jump_off, case.assumptions, engine="numpy")
    for size in (1, 200, 700, 5000):
        monkeypatch.setattr(f"kompaslite.engine.run.{name}", size)
        found = project(case.jump_off, case.assumptions, engine="numpy")
        xr.testing.assert_identical(found.population, whole.population)
        xr.testing.assert_identical(found.flows, whole.flows)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_single_precision_is_close_and_says_so(kernel):
    if kernel == "numba":
        pytest.importorskip("numba", reason="the extra fast is not installed")
    case = make_case(np.random.default_rng(9), {"age": 101, "year": 10, "area": 3})
    assumptions = case.assumptions[[*LEAN]]
    double = project(case.jump_off, assumptions, engine=kernel)
    single = project(case.jump_off, assumptions, engine=Engine(kernel, dtype="float32"))
    assert single.population.dtype == single.flows["deaths"].dtype == np.float32
    assert double.population.dtype == np.float64
    np.testing.assert_allclose(single.population, double.population, rtol=3e-6)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_flows_that_nobody_asked_for_are_not_kept(kernel):
    if kernel == "numba":
        pytest.importorskip("numba", reason="the extra fast is not installed")
    coupled = make_case(np.random.default_rng(9), {"age": 6, "year": 3, "area": 3}, coupled=True)
    for case in (coupled, _lean_case(1)):
        whole = project(case.jump_off, case.assumptions, engine=kernel)
        lean = project(case.jump_off, case.assumptions, engine=kernel, flows=("births", "out_migration"))
        assert list(lean.flows) == ["births", "out_migration"]
        xr.testing.assert_identical(lean.flows, whole.flows[["births", "out_migration"]])
        xr.testing.assert_identical(lean.population, whole.population)
