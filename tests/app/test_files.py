"""The files of a run: tidy, the same bytes for the same run, whole or not at all."""

import errno

import pandas as pd
import pytest

from kompaslite._files import StorageError
from kompaslite.app import run_scenario, write_run
from kompaslite.app.write import tidy_flows, tidy_population
from kompaslite.scenario import Outputs, Scenario

NAMES = ["age_groups.csv", "components.csv", "population.csv", "flows.csv"]


@pytest.fixture(scope="module")
def made():
    return run_scenario(
        Scenario(name="a", because="b", first_year=2026, last_year=2028, outputs=Outputs(note=False, workbook=False))
    )


def test_tidy_tables_have_a_value_and_a_unit_in_every_row(made):
    for table in (tidy_population(made.forecast), tidy_flows(made.forecast)):
        assert {"value", "unit"} <= set(table.columns)
        assert table["value"].notna().all()
        keys = table.columns.difference(["value", "unit"]).tolist()
        assert not table.duplicated(keys).any()
    people = tidy_population(made.forecast)
    assert len(people) == 2 * 106 * 3
    assert people.query("year == 2026")["value"].sum() == pytest.approx(133_228)
    births = tidy_flows(made.forecast).query("component == 'births' and year == 2026")["value"].sum()
    assert births == pytest.approx(float(made.forecast.flows["births"].sel(year=2026).sum()))


def test_the_same_run_gives_the_same_bytes(made, tmp_path):
    first, second = (write_run(made, tmp_path / name) for name in ("a", "b"))
    assert [path.name for path in first] == NAMES
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert set(pd.read_csv(first[2], dtype={"area": str})["area"]) == {"3201"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_folder_with_files_is_left_alone_unless_forced(made, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "flows.csv").write_text("old")
    with pytest.raises(StorageError, match=r"the folder is not empty\. Choose another name, or .* --force"):
        write_run(made, tmp_path)
    assert (tmp_path / "flows.csv").read_text() == "old"
    write_run(made, tmp_path, force=True)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert (tmp_path / "flows.csv").read_text().startswith("component,")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_empty_folder_is_filled(made, tmp_path):
    assert write_run(made, tmp_path)[0] == tmp_path / NAMES[0]


def test_a_full_disk_leaves_the_old_files(made, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "flows.csv").write_text("old")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(StorageError, match="the disk or quota is full"):
        write_run(made, tmp_path / "out", force=True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["flows.csv"]
    assert (tmp_path / "out" / "flows.csv").read_text() == "old"
    with pytest.raises(StorageError, match="the disk or quota is full"):
        write_run(made, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_place_of_the_folder(made, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StorageError, match="this is a file, not a folder"):
        write_run(made, tmp_path / "out")
