"""The starter folder with a horizon that is soon reached."""

import pytest

from kompaslite.app import new_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("desk") / "start"
    new_folder("baerum", place)
    text = (place / "baseline.toml").read_text().replace("last_year = 2050", "last_year = 2032")
    (place / "baseline.toml").write_text(text)
    return place
