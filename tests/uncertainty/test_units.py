"""Units one by one: the plain loops against blocks of arrays, term by term."""

import numpy as np
import pytest

from kompaslite.engine import Convention
from kompaslite.uncertainty.summary.blocks import BlockJob, BrokenBlockError, group_sums
from kompaslite.uncertainty.summary.units import (
    ADDS,
    BEGINS,
    MULTIPLIES,
    SLOTS,
    factors_of,
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


@pytest.mark.parametrize("convention", [Convention.befproj, Convention.un_even])
def test_every_convention_runs_unit_by_unit(convention):
    pytest.importorskip("numba")
    given = terms() | {"net_migration": [[np.random.default_rng(6).random((1, 1, 1, 1, 2, 2, AGES))]]}
    given["fertility"][0][0][..., -1] = 0.0
    options = {"terms": given, "convention": convention, "bounds": dict.fromkeys(given, (0.0, np.inf))}
    np.testing.assert_allclose(sums(job("numba", **options)), sums(job("numpy", **options)), rtol=1e-12)


def test_every_cell_can_be_kept_instead_of_age_groups():
    pytest.importorskip("numba")
    found, wanted = (np.empty((2, 1, 2, 2 * AGES, YEARS + 1, 3)) for _ in range(2))
    group_sums(job("numba", groups=None), found)
    group_sums(job("numpy", groups=None), wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
