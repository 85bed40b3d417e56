"""The starter folder with a horizon that is soon reached; and a working folder of its own for every test."""

import pytest

from kompaslite.app import new_folder


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Commands without ``--out`` write to the working folder, which may hold the reader's own earlier forecast."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("desk") / "start"
    new_folder("baerum", place)
    text = (place / "baseline.toml").read_text().replace("last_year = 2050", "last_year = 2032")
    (place / "baseline.toml").write_text(text)
    return place
