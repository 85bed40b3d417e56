"""Note and workbook in one step."""

from kompaslite.app import run
from kompaslite.storage import read_table


def test_note_and_workbook_are_of_the_same_forecast(tmp_path, capsys):
    assert run(["note", "--out", str(tmp_path / "note")]) == 0
    assert [line.split("/")[-1] for line in capsys.readouterr().out.splitlines()[1:]] == ["note.html", "forecast.xlsx"]
    page = (tmp_path / "note" / "note.html").read_text(encoding="utf-8")
    assert "133\u00a0228" in page
    assert 'lang="nb"' in page
    assert "Prognosen er scenariet «trenden»: nivået de siste årene fortsetter." in page
    groups = read_table(tmp_path / "note" / "forecast.xlsx", "age groups").set_index("age_group")
    total = f"{round(groups.loc['total', '2050']):,}".replace(",", "\u00a0")
    assert total in page
    assert run(["note", "--out", str(tmp_path / "note")]) == 1
    assert "not empty" in capsys.readouterr().err


def test_the_example_speaks_both_languages(tmp_path):
    assert run(["note", "--out", str(tmp_path / "note"), "--language", "en"]) == 0
    page = (tmp_path / "note" / "note.html").read_text(encoding="utf-8")
    assert 'lang="en"' in page
    assert "The forecast is the scenario “trend”: the level of the last years goes on." in page
