import numpy as np

from kompaslite.engine import Field, Layout


def _layout(**sizes: int) -> Layout:
    outer = {dim: np.arange(size) for dim, size in sizes.items()}
    return Layout(outer=outer, ages=np.arange(101), years=np.arange(2025, 2030))


def test_a_unit_is_one_combination_of_outer_labels_and_the_last_runs_fastest():
    layout = _layout(draw=2, area=3)
    assert layout.units == 6
    assert layout.index(("area",)).tolist() == [0, 1, 2, 0, 1, 2]
    assert layout.index(("draw",)).tolist() == [0, 0, 0, 1, 1, 1]
    assert layout.index(("draw", "area")).tolist() == [0, 1, 2, 3, 4, 5]
    assert layout.index(()).tolist() == [0] * 6


def test_without_outer_dimensions_there_is_one_unit():
    assert _layout().units == 1
    assert _layout().index(()).tolist() == [0]


def test_a_field_of_some_dimensions_is_held_once_and_given_to_every_unit():
    layout = _layout(draw=2, area=3)
    field = Field(np.array([[1.0, 2.0, 3.0]]), layout.index(("area",)))
    assert field.at(0).tolist() == [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
    assert field.at(4).tolist() == field.at(0).tolist()


def test_a_field_with_years_gives_each_its_own():
    field = Field(np.array([[1.0], [2.0]]), np.zeros(3, np.intp))
    assert field.at(0).tolist() == [1.0]
    assert field.at(1).tolist() == [2.0]


def test_a_block_is_a_view_where_the_units_lie_side_by_side():
    layout = _layout(draw=3, area=2)
    own = Field(np.arange(6.0)[None], layout.index(("draw", "area")))
    block = own.block(slice(2, 5))
    assert block.at(0).tolist() == [2.0, 3.0, 4.0]
    assert np.shares_memory(block.data, own.data)


def test_a_block_that_shares_one_value_holds_it_once():
    layout = _layout(draw=3, area=2)
    by_draw = Field(np.arange(3.0)[None], layout.index(("draw",)))
    assert by_draw.block(slice(2, 4)).at(0).tolist() == [1.0]
    assert by_draw.block(slice(1, 4)).at(0).tolist() == [0.0, 1.0, 1.0]


def test_groups_that_are_alike_are_one_group():
    layout = _layout(draw=3, area=2)
    by_area = Field(np.array([[5.0, 6.0]]), layout.index(("area",)))
    assert by_area.groups(2).at(0).tolist() == [5.0, 6.0]
    all_units = Field(np.arange(6.0)[None], layout.index(("draw", "area")))
    assert all_units.groups(2) is all_units
