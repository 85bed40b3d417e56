"""The main job: its tables, its files and its page."""

import errno
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from kompaslite._files import StorageError
from kompaslite.accounts import check_balance
from kompaslite.datasets import load_example
from kompaslite.report import forecast_from_note, write_forecast
from kompaslite.report.page import forecast_page
from kompaslite.report.tidy import tidy_tables
from kompaslite.schema import SchemaError


@pytest.fixture(scope="module")
def result():
    return forecast_from_note(load_example("baerum"), until=2032)


@pytest.fixture(scope="module")
def page(result):
    return forecast_page(result)


def test_the_job_forecasts_the_year_before_and_the_years_to_come(result):
    assert result.test.years == (2025, 2026)
    assert result.forecast.years == tuple(range(2026, 2033))
    check_balance(result.test)
    check_balance(result.forecast)
    assert result.deviation.loc["total"].tolist() == [132358, 133228, 870, 133413, -185]
    assert result.groups.loc[2026].tolist() == result.example.note.deviation["actual"].tolist()
    assert result.components["growth"].tolist() == pytest.approx(result.groups["total"].diff().iloc[1:].tolist(), abs=1)
    assert result.levels[2025].round(1).to_dict() == {
        "natural_increase": 308.7,
        "net_immigration": 371.7,
        "net_in_migration": 374.5,
    }


def test_a_horizon_in_the_past_is_refused(result):
    with pytest.raises(SchemaError, match="the horizon 2026 is not after the last population, 1 January 2026"):
        forecast_from_note(result.example, until=2026)


def test_own_age_groups(result):
    groups = forecast_from_note(result.example, until=2027, groups=["0-19", "20-66", "67+"]).groups
    assert groups.columns.tolist() == ["0-19", "20-66", "67+", "total"]
    assert groups.loc[2026].tolist() == [32_644, 78_341, 22_243, 133_228]


def test_tidy_tables_have_a_value_and_a_unit_in_every_row(result):
    tables = tidy_tables(result)
    for table in tables.values():
        assert {"value", "unit"} <= set(table.columns)
        assert table["value"].notna().all()
        keys = table.columns.difference(["value", "unit"]).tolist()
        assert not table.duplicated(keys).any()
    people = tables["population"]
    assert len(people) == 2 * 106 * 7
    assert people.query("year == 2026")["value"].sum() == pytest.approx(133_228)
    births = tables["flows"].query("component == 'births' and year == 2026")["value"].sum()
    assert births == pytest.approx(float(result.forecast.flows["births"].sel(year=2026).sum()))


def test_files_are_written_and_read_back(result, tmp_path):
    files = write_forecast(result, tmp_path / "out")
    assert sorted(files) == sorted((tmp_path / "out").iterdir())
    assert files[0].name == "forecast.html"
    table = pd.read_csv(tmp_path / "out" / "deviation_note.csv")
    total = table.query("age_group == 'total'").set_index("measure")["value"]
    assert total.to_dict() == {"start": 132358, "actual": 133228, "growth": 870, "forecast": 133445, "deviation": -217}
    areas = pd.read_csv(tmp_path / "out" / "population.csv", dtype={"area": str})
    assert set(areas["area"]) == {"3201"}
    assert [path for path in tmp_path.iterdir() if path.name != "out"] == []


def test_the_same_forecast_gives_the_same_bytes(result, tmp_path):
    first, second = (write_forecast(result, tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_folder_with_files_is_left_alone_unless_forced(result, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "forecast.html").write_text("old")
    with pytest.raises(StorageError, match=r"the folder is not empty\. Choose another name, or .* --force"):
        write_forecast(result, tmp_path)
    assert (tmp_path / "forecast.html").read_text() == "old"
    write_forecast(result, tmp_path, force=True)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert "<svg" in (tmp_path / "forecast.html").read_text()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_empty_folder_is_filled(result, tmp_path):
    assert write_forecast(result, tmp_path)[0] == tmp_path / "forecast.html"


def test_a_full_disk_leaves_the_old_files(result, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "forecast.html").write_text("old")

    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_forecast(result, tmp_path / "out", force=True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["forecast.html"]
    assert (tmp_path / "out" / "forecast.html").read_text() == "old"
    with pytest.raises(StorageError, match="the disk or quota is full"):
        write_forecast(result, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_place_of_the_folder(result, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StorageError, match="this is a file, not a folder"):
        write_forecast(result, tmp_path / "out")


class Parts(HTMLParser):
    """Tags that are opened and closed, and what the page asks for elsewhere."""

    VOID = ("meta", "link", "br", "img", "input", "hr")

    def __init__(self):
        super().__init__()
        self.open, self.asked, self.cells = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.asked += [value for name, value in attrs if name in ("src", "href", "xlink:href") and value[:1] != "#"]

    def handle_startendtag(self, _, attrs):
        self.asked += [value for name, value in attrs if name in ("src", "href", "xlink:href") and value[:1] != "#"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells.append(data)


def test_the_page_is_whole_and_asks_for_nothing_else(page):
    parts = Parts()
    parts.feed(page)
    assert parts.open == []
    assert parts.asked == []
    assert page.count("<svg") == 2
    assert not re.search(r"@import|url\(https?:", page)
    assert 'name="viewport"' in page


def test_the_page_has_the_figures_of_the_note_and_of_the_forecast(page, result):
    parts = Parts()
    parts.feed(page)
    cells = parts.cells
    for table in (result.example.note.deviation, result.deviation):
        row = [f"{value:,}".replace("-", "\u2212") for value in table.loc["total"]]
        assert any(cells[i : i + 5] == row for i in range(len(cells)))
    assert f"{result.groups['total'].iloc[-1]:,}" in cells
    assert "1,087" in page
    assert "1,055" in page
    assert result.example.note.source in page
