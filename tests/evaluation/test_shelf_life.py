"""Shelf life: the lead up to which enough areas are near."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.evaluation import make_hindcasts, shelf_life
from kompaslite.schema import SchemaError


def hindcasts(errors):
    """Five areas of 100 persons; the error in per cent by lead and area."""
    values = np.array(errors, dtype=float)
    coords = {"origin": [2020], "lead": np.arange(1, len(values) + 1), "area": list("ABCDE")}
    observed = xr.DataArray(np.full((1, *values.shape), 100.0), coords=coords)
    jump_off = xr.DataArray([[100.0, 100, 100, 100, 60_000]], coords={"origin": [2020], "area": list("ABCDE")})
    return make_hindcasts(observed + values[None], observed, jump_off)


def test_it_ends_before_the_first_lead_that_fails():
    made = hindcasts([[1, 2, 3, 4, 5], [1, 10, -10, 4, 50], [1, 11, -11, 4, 5], [0, 0, 0, 0, 0]])
    found = shelf_life(made)
    # leads 1 and 2 have 100 and 80 % within 10 %, lead 3 has 60 %; that lead 4 is good again does not count
    assert found["shelf_life"].item() == 2
    assert not found["censored"].item()
    np.testing.assert_allclose(found["near"], [1, 0.8, 0.6, 1])


def test_a_forecast_that_never_fails_is_censored_at_its_horizon():
    found = shelf_life(hindcasts([[1] * 5, [2] * 5]))
    assert (found["shelf_life"].item(), found["censored"].item()) == (2, True)


def test_a_forecast_that_fails_at_once_has_none():
    assert shelf_life(hindcasts([[30] * 5, [0] * 5]))["shelf_life"].item() == 0


def test_by_size_class_and_origin():
    made = hindcasts([[1, 2, 3, 4, 50], [50, 50, 50, 50, 1]])
    found = shelf_life(made, by=("origin", "size_class"))["shelf_life"].sel(origin=2020)
    assert found.sel(size_class="under 3,000").item() == 1
    assert found.sel(size_class="50,000 and over").item() == 0


def test_leads_without_outcome_neither_keep_nor_fail():
    made = hindcasts([[1] * 5, [2] * 5, [3] * 5])
    cut = made.assign(observed=made["observed"].where(made["lead"] < 3))
    found = shelf_life(cut)
    assert (found["shelf_life"].item(), found["censored"].item()) == (2, True)


def test_unknown_dimensions_are_refused():
    with pytest.raises(SchemaError, match="by origin or size_class"):
        shelf_life(hindcasts([[1] * 5]), by="age")
