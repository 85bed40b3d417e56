"""Age groups: what is read, and what is refused with the group and the ages named."""

import numpy as np
import pytest

from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, group_members, parse_age_groups


def test_groups_are_read_from_text_and_from_names():
    assert parse_age_groups(["0", " 1-5", "6–12", "95+"]) == {
        "0": (0, 0),
        "1-5": (1, 5),
        "6–12": (6, 12),
        "95+": (95, None),
    }
    assert parse_age_groups({"primary": (6, 12)}) == {"primary": (6, 12)}
    assert parse_age_groups("6-12") == {"6-12": (6, 12)}


def test_the_groups_of_the_note_hold_every_age_once():
    members = group_members(NOTE_AGE_GROUPS, range(106), complete=True)
    assert members.shape == (13, 106)
    np.testing.assert_array_equal(members.sum(axis=0), np.ones(106))
    assert members[-1].sum() == 11


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (["0-5", "5-12"], "0-5 and 5-12 overlap, they share the ages 5;"),
        (["0-5", "3-12"], "0-5 and 3-12 overlap, they share the ages 3-5;"),
        (["80+", "90+"], r"80\+ and 90\+ overlap, they share the ages 90\+"),
        ({"young": (0, 17), "school": (6, 15)}, "young and school overlap, they share the ages 6-15"),
        (["six to twelve"], "'six to twelve' is not an age group"),
        (["6-12", "6-12"], "6-12 is named 2 times"),
        (["12-6"], "12-6 runs from 12 to 6"),
        ({"primary": (-1, 6)}, "primary runs from -1 to 6"),
        ({"primary": 6}, "primary is 6; give its first and last age"),
        ({"primary": (6, "12")}, "primary has the ages 6 and '12'; they are whole numbers"),
        ([], "there are none"),
    ],
)
def test_unsound_groups_are_refused(groups, words):
    with pytest.raises(SchemaError, match=words):
        parse_age_groups(groups)


def test_groups_that_leave_ages_out_are_refused_where_all_must_be_in():
    assert group_members(["6-12", "13-15"], range(106)).sum() == 10
    with pytest.raises(SchemaError, match=r"4 ages are in no group, the first is 1: 1, 2, 13, 14\."):
        group_members(["0", "3-12"], range(15), complete=True)


def test_groups_beyond_the_data_are_refused():
    with pytest.raises(SchemaError, match=r"0-110 has 5 ages that the data do not have: 106, 107, 108, 109, 110"):
        group_members(["0-110"], range(106))
    with pytest.raises(SchemaError, match=r"106\+ begins at 106, but the last age of the data is 105"):
        group_members(["106+"], range(106))
    with pytest.raises(SchemaError, match="1-5 has 2 ages that the data do not have: 2, 4"):
        group_members(["1-5"], [0, 1, 3, 5])
