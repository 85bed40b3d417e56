"""The command ``forecast``."""

from pathlib import Path

from kompaslite.datasets import load_example
from kompaslite.report import NoteForecast, forecast_from_note, write_forecast


def forecast(out: Path, *, until: int, force: bool) -> str:
    """Run the main job, write its files, and say in text what it found and where the files are.

    Parameters
    ----------
    out : Path
        Folder to write.
    until : int
        1 January of the last year.
    force : bool
        Whether files of an earlier forecast may be replaced.

    Returns
    -------
    str
        Three tables and the names of the files.
    """
    result = forecast_from_note(load_example("baerum"), until=until)
    files = write_forecast(result, out, force=force)
    written = "\n".join(f"  {file}" for file in files)
    return f"{_tables(result)}\n\nWritten:\n{written}\n\nOpen {files[0]} in a browser."


def _tables(result: NoteForecast) -> str:
    note = result.example.note
    before, origin = result.example.observed.years[-2:]
    own = result.deviation.loc["total"].to_dict()
    sections = {
        f"Forecast and outcome on 1 January {origin}, as the note prints it (KOMPAS):": note.deviation.to_string(),
        f"The library's own forecast, made from 1 January {before}:": result.deviation.to_string(),
        "Growth in the year:": (
            f"  actual {note.figure('growth_2025'):,.0f}, KOMPAS {note.figure('growth_forecast_2025'):,.0f}, "
            f"kompaslite {own['forecast'] - own['start']:,}"
        ),
        "Forecast by age group, persons on 1 January:": result.groups.to_string(),
    }
    return "\n\n".join(f"{title}\n{text}" for title, text in sections.items())
