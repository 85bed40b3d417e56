"""Every chart against a picture that someone has looked at."""

import numpy as np
import pytest
from matplotlib.testing.compare import compare_images

from kompaslite import plot
from kompaslite.plot import plot_components
from tests.plot.drawings import BASELINE, DRAWINGS, components, draw

#: Root mean square of the difference of colours (0-255): letters that are smoothed another way stay below.
TOLERANCE = 8.0


@pytest.mark.parametrize("name", list(DRAWINGS))
def test_the_chart_is_as_it_was_when_someone_looked(name, tmp_path):
    drawn = draw(DRAWINGS[name], tmp_path / f"{name}.png")
    assert compare_images(BASELINE / f"{name}.png", drawn, tol=TOLERANCE) is None


def test_every_chart_has_a_picture_and_every_picture_is_small():
    pictures = {path.stem: path.stat().st_size for path in BASELINE.glob("*.png")}
    assert set(pictures) == set(DRAWINGS)
    assert {f"plot_{name}" for name in pictures} == set(plot.__all__)
    assert max(pictures.values()) < 20_000


def test_other_figures_are_told_from_it(tmp_path):
    """One bar of five in one year of four is another: the comparison must see it."""
    changed = components()
    changed.loc[2024, "net_immigration"] = 30
    drawn = draw(lambda ax: plot_components(changed, ax=ax), tmp_path / "components.png")
    told = compare_images(BASELINE / "components.png", drawn, tol=TOLERANCE, in_decorator=True)
    assert told is not None
    assert told["rms"] > TOLERANCE
    assert np.isfinite(told["rms"])
