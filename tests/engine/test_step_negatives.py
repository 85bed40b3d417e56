import numpy as np

from kompaslite.engine.step import ROUNDING, resolve_negatives


def test_rounding_below_zero_is_an_empty_cell():
    cells = np.array([1.0, -1e-14, 0.0])
    assert resolve_negatives(cells, np.full(3, 100.0), clip=False) == (None, False)
    assert cells.tolist() == [1.0, 0.0, 0.0]


def test_what_is_more_than_rounding_stays_and_is_reported():
    cells = np.array([1.0, -1e-3])
    assert resolve_negatives(cells, np.full(2, 100.0), clip=False) == (None, True)
    assert cells.tolist() == [1.0, -1e-3]


def test_the_border_lies_at_so_many_units_in_the_last_place():
    border = ROUNDING * np.finfo(float).eps * 100.0
    cells = np.array([-0.99 * border, -1.01 * border])
    assert resolve_negatives(cells, np.full(2, 100.0), clip=False).short
    assert cells[0] == 0.0
    assert cells[1] < 0.0


def test_on_request_cells_are_filled_up_and_the_persons_returned():
    cells = np.array([1.0, -2.5, -1e-14])
    added, short = resolve_negatives(cells, np.full(3, 100.0), clip=True)
    assert added.tolist() == [0.0, 2.5, 0.0]
    assert not short
    assert cells.tolist() == [1.0, 0.0, 0.0]


def test_a_missing_value_is_not_filled_up():
    cells = np.array([np.nan, -1.0])
    added, _ = resolve_negatives(cells, np.full(2, 100.0), clip=True)
    assert np.isnan(cells[0])
    assert added.tolist() == [0.0, 1.0]
