"""Note and workbook in one step."""

import pytest

from kompaslite._files import StorageError
from kompaslite.app.write import write_note_and_workbook
from kompaslite.storage import read_table


def test_note_and_workbook_are_of_the_same_forecast(tmp_path):
    files = write_note_and_workbook(tmp_path / "note", until=2028)
    assert [file.name for file in files] == ["note.html", "forecast.xlsx"]
    page = files[0].read_text(encoding="utf-8")
    assert "133\u00a0228" in page
    assert 'lang="nb"' in page
    groups = read_table(files[1], "age groups").set_index("age_group")
    total = f"{round(groups.loc['total', '2028']):,}".replace(",", "\u00a0")
    assert total in page
    with pytest.raises(StorageError, match="not empty"):
        write_note_and_workbook(tmp_path / "note", until=2028)
