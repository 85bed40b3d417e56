"""Draws stay in range by construction, whatever the levels; rates well in range are not touched."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.engine import Convention, Engine
from kompaslite.schema import SchemaError
from kompaslite.uncertainty import Effect, Futures, Levels, Reduce, assumptions_of, project_summary
from kompaslite.uncertainty.ensemble import bare
from tests.worlds.country import AREAS, parameters, some_baseline, some_levels, some_people

EXITS = ("mortality", "out_migration")
KEEP = Reduce(groups=["0-19", "20+"], keep_draws=True)
CONVENTIONS = ("mean_exposure", "un_end", "fso", "befproj")


def wild(draws=70, seed=5):
    """Births, deaths and leavers whose levels wander by factors of ten, in every area by itself."""
    names = ["mortality", "out_migration", "fertility"]
    effects = [Effect(component=name, variable=name, how="scale") for name in names]
    levels = Levels(
        national=parameters(names, persistence=0.9, innovation=1.2),
        local=parameters(names, persistence=0.5, innovation=0.3, window=5, areas=AREAS),
        effects=(*effects, Effect(component="out_migration", variable="out_migration", how="loss")),
        years=8,
    )
    return Futures(baseline=some_baseline(), levels=levels, draws=draws, seed=seed)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_hazards_of_a_cohort_never_empty_it(name):
    convention = getattr(Convention, name)
    highest = 2.0 if name == "mean_exposure" else 1.0
    made = assumptions_of(wild(), convention=convention)
    together = made["mortality"] + made["out_migration"]
    assert 0.9 * highest < float(together.max()) < highest
    assert 2.0 < float(made["fertility"].max()) < 10.0
    people = project_summary(some_people(), wild(), reduce=KEEP, convention=convention, engine=Engine("numpy"))
    assert float(people["draws"].min()) > 0.0


def test_a_hazard_bends_off_and_keeps_the_order_of_the_draws(monkeypatch):
    bent = assumptions_of(wild())
    monkeypatch.setattr(bare, "bound_hazards", lambda *_: None)
    free = assumptions_of(wild())
    total, wanted = (sum(one[name] for name in EXITS).values.ravel() for one in (bent, free))
    assert wanted.max() > 4.0
    low = wanted <= 1.5
    np.testing.assert_array_equal(total[low], wanted[low])
    order = np.argsort(wanted)
    assert (np.diff(total[order]) > -1e-12).all()
    shares = [one["mortality"] / (one["mortality"] + one["out_migration"]) for one in (bent, free)]
    xr.testing.assert_allclose(*shares)


def test_bounded_draws_are_the_same_however_they_are_divided():
    whole = project_summary(some_people(), wild(), reduce=KEEP, engine=Engine("numpy", threads=1))
    parts = project_summary(
        some_people(), wild(), reduce=KEEP, engine=Engine("numpy", threads=2), chunks={"area": 1, "draw": 9}
    )
    np.testing.assert_array_equal(parts["draws"], whole["draws"])


def test_rates_well_in_range_are_untouched_to_the_last_bit(monkeypatch):
    futures = Futures(baseline=some_baseline(), levels=some_levels(), draws=70, seed=1)
    bounded = assumptions_of(futures)
    monkeypatch.setattr(bare, "bound_hazards", lambda *_: None)
    xr.testing.assert_identical(assumptions_of(futures), bounded)


def test_a_rate_that_was_high_without_levels_stays_the_middle():
    high = some_baseline()
    high["mortality"] = high["mortality"].where(high["age"] < 30, 1.8)
    levels = Levels(
        national=parameters(["mortality"], persistence=0.9, innovation=0.5),
        effects=(Effect(component="mortality", variable="mortality", how="scale"),),
    )
    made = assumptions_of(Futures(baseline=high, levels=levels, draws=400, seed=2))["mortality"].sel(age=30)
    assert float(made.max()) < 2.0
    assert float(made.median()) == pytest.approx(1.8, abs=0.1)


def test_what_is_out_of_range_without_levels_is_still_refused():
    wrong = some_baseline()
    wrong["mortality"] = wrong["mortality"] * 1000.0
    futures = Futures(baseline=wrong, levels=some_levels(), draws=8, seed=1)
    with pytest.raises(SchemaError, match=r"mortality: .*Rates per 1,000 must be divided by 1,000"):
        project_summary(some_people(), futures, reduce=KEEP, engine="numpy")
