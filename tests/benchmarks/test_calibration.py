"""The calibration's scaled draws, and the page that it writes."""

import numpy as np
import pytest
import xarray as xr

from benchmarks._pages import write_between


@pytest.fixture(scope="module")
def calibration(shared):
    return pytest.importorskip("benchmarks.calibration")


def hindcasts(spread, areas=200, origins=30):
    """Outcomes that lie around the forecast as a normal of standard deviation 10, and intervals for another spread."""
    from scipy.stats import norm

    from kompaslite.evaluation import QUANTILES

    rng = np.random.default_rng(8)
    codes, years = [f"{code:04d}" for code in range(areas)], np.arange(1990, 1990 + origins)
    observed = 5_000.0 + 10.0 * rng.standard_normal((origins, 1, areas))
    levels = xr.DataArray(norm.ppf(QUANTILES) * spread, coords={"quantile": list(QUANTILES)})
    flat = xr.DataArray(np.full(observed.shape, 5_000.0), dims=["origin", "lead", "area"])
    coords = {
        "origin": years,
        "lead": [1],
        "area": codes,
        "jump_off": (("origin", "area"), np.full((origins, areas), 5e3)),
    }
    parts = {"forecast": flat + levels, "observed": (("origin", "lead", "area"), observed)}
    return xr.Dataset(parts).assign_coords(coords)


@pytest.mark.parametrize("spread", [5.0, 10.0, 30.0])
def test_scaled_draws_have_the_width_of_the_errors_of_others(calibration, spread):
    made = calibration.scaled(hindcasts(spread))["forecast"]
    width = made.sel(quantile=0.9) - made.sel(quantile=0.1)
    np.testing.assert_allclose(width, 25.6, rtol=0.05)
    np.testing.assert_allclose(made.sel(quantile=0.5), 5_000.0)


def test_the_factor_of_an_area_does_not_see_its_own_errors(calibration):
    plain, wild = hindcasts(10.0), hindcasts(10.0)
    fold = np.arange(plain.sizes["area"]) % calibration.FOLDS == 0
    wild["observed"] = wild["observed"].where(~xr.DataArray(fold, coords={"area": wild["area"]}), 9_999.0)
    before, after = (calibration.scaled(one)["forecast"] for one in (plain, wild))
    xr.testing.assert_identical(before.isel(area=fold), after.isel(area=fold))
    assert (abs(after - before).isel(area=~fold, quantile=0) > 1.0).all()


def test_a_page_has_new_figures_between_its_marks_and_nothing_else_changes(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A\n<!-- x begins -->\nold\n<!-- x ends -->\nrest\n", encoding="utf-8")
    write_between(page, "x", ["new", "lines"])
    assert page.read_text(encoding="utf-8") == "# A\n<!-- x begins -->\n\nnew\nlines\n\n<!-- x ends -->\nrest\n"
    with pytest.raises(ValueError, match="put the marks <!-- y begins -->"):
        write_between(page, "y", [])


def test_cells_outside_what_is_wanted_are_listed(calibration):
    cell = {"interval": "draws", "measure": "coverage_80", "size_class": "all"}
    records = [cell | {"lead": 1, "value": 80.0}, cell | {"lead": 3, "value": 84.04}]
    assert list(calibration.held(records))[2] == "| draws | coverage_80 | 76-84 | 1 of 2 | all, 3, 84.0 |"
