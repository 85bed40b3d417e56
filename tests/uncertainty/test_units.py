"""Units one by one: the plain loops against blocks of arrays, term by term."""

import numpy as np
import pytest

from kompaslite.engine import Convention, Field, Job, Layout
from kompaslite.uncertainty.summary.blocks import BlockJob, BrokenBlockError, group_sums
from kompaslite.uncertainty.summary.units import (
    ADDS,
    BEGINS,
    MULTIPLIES,
    SLOTS,
    Units,
    can_run,
    factors_of,
    sums_of_units,
)

AGES, YEARS, SHAPE, GROUPS = 12, 4, (2, 3, 1, 2), [(0, 4), (4, 12), (0, 12)]


def terms():
    """Each outer axis is there in some factor; arrivals are a sum of two terms."""
    rng = np.random.default_rng(3)
    of_year = 0.9 ** np.arange(YEARS).reshape(YEARS, 1, 1, 1, 1, 1, 1)
    fertility = np.where(np.arange(AGES) > 3, 0.1, 0.0).reshape(1, 1, 1, 1, 1, AGES)
    return {
        "mortality": [[0.02 * rng.random((1, 1, 1, 1, 2, 2, AGES)), of_year]],
        "fertility": [[fertility, 1.0 + rng.random((YEARS, 1, 3, 1, 1, 1))]],
        "sex_ratio_at_birth": [[np.full((1, 1, 1, 1, 1), 1.05)]],
        "in_migration": [
            [rng.random((1, 2, 1, 1, 2, 2, AGES))],
            [rng.random((1, 1, 1, 1, 1, 2, AGES)), rng.random((YEARS, 1, 3, 1, 2, 1, 1)), of_year],
        ],
        "out_migration": [[0.1 * rng.random((1, 1, 1, 1, 2, 2, AGES)), 1.0 + rng.random((YEARS, 1, 3, 1, 2, 1, 1))]],
    }


def job(kernel, **changes):
    people = 50.0 + np.random.default_rng(4).random((1, 1, 1, 1, 2, 2, AGES))
    given = {
        "jump_off": people,
        "terms": terms(),
        "shape": SHAPE,
        "horizon": YEARS,
        "convention": Convention.mean_exposure,
        "bounds": dict.fromkeys(terms(), (0.0, np.inf)),
        "groups": GROUPS,
        "kernel": kernel,
    }
    return BlockJob(**given | changes)


def sums(one):
    out = np.full((2, 1, 2, 3, YEARS + 1, 3), np.nan)
    group_sums(one, out)
    return out


def test_plain_loops_and_compiled_ones_give_what_arrays_give(monkeypatch):
    pytest.importorskip("numba")
    from kompaslite.uncertainty.summary import compiled, units

    expected = sums(job("numpy"))
    fast = sums(job("numba"))
    np.testing.assert_allclose(fast, expected, rtol=1e-12)
    monkeypatch.setattr(compiled, "run_compiled_units", units.run_units)
    np.testing.assert_allclose(sums(job("numba")), expected, rtol=1e-12)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_a_value_out_of_bounds_or_an_empty_cell_breaks_the_block(kernel):
    if kernel == "numba":
        pytest.importorskip("numba")
    bounds = dict.fromkeys(terms(), (0.0, np.inf)) | {"mortality": (0.0, 1e-4)}
    with pytest.raises(BrokenBlockError):
        sums(job(kernel, bounds=bounds))
    taken = terms() | {"net_migration": [[np.full((1, 1, 1, 1, 1, 2, AGES), -60.0)]]}
    with pytest.raises(BrokenBlockError):
        sums(job(kernel, terms=taken, bounds=dict.fromkeys(taken, (-np.inf, np.inf))))


def test_more_factors_than_there_are_slots_run_in_blocks_instead():
    pytest.importorskip("numba")
    ones = [np.ones((1, 1, 1, 1, 1, 1, 1))] * SLOTS
    many = terms()
    many["mortality"] = [[*many["mortality"][0], *ones]]
    np.testing.assert_allclose(sums(job("numba", terms=many)), sums(job("numpy")), rtol=1e-12)


def test_factors_stand_in_the_order_in_which_they_act():
    own, one = np.zeros(1, np.int64), np.ones((1, 1, 1))
    found = factors_of({"mortality": [[(one, own)] * 2], "in_migration": [[(one, own)], [(one, own)] * 2]})
    assert found.act.tolist() == [BEGINS, MULTIPLIES, BEGINS, ADDS, MULTIPLIES]
    assert len(found.values) == SLOTS
    assert factors_of({"mortality": [[(one, own)] * (SLOTS + 1)]}) is None


def test_conventions_that_the_direct_loops_do_not_serve_do_not_run_one_by_one():
    cells = Field(np.zeros((1, 1, 2, AGES)), np.zeros(1, np.int64))
    layout = Layout({"unit": np.arange(1)}, np.arange(AGES), np.arange(YEARS))
    fields, sooner = {"mortality": cells}, Convention.befproj
    one = Job(layout=layout, jump_off=cells, fields=fields, bounds={}, convention=sooner, keep=frozenset())
    assert not can_run(one)
    own = np.zeros(1, np.int64)
    factors = factors_of({"mortality": [[(np.ones((1, 1, 1)), own)]]})
    nobody = Units(np.zeros((1, 1, 2 * AGES)), own, factors, [(0, 1)], np.zeros((1, 4), np.int64))
    with pytest.raises(ValueError, match="cannot run one by one"):
        sums_of_units(one, nobody, np.zeros((1,) * 6))
