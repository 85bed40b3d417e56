"""Note and workbook of the Baerum example, in one step."""

from pathlib import Path

from kompaslite.desk.run import run_scenario
from kompaslite.desk.write import write_run
from kompaslite.language import Language
from kompaslite.scenario import Outputs, Scenario


def write_note_and_workbook(
    folder: str | Path, *, language: Language = "nb", pdf: bool = False, until: int = 2050, force: bool = False
) -> list[Path]:
    """The population note and the workbook of the forecast behind it.

    Parameters
    ----------
    folder : str or Path
        A new or empty folder.
    language : {"nb", "en"}
        Of the note.
    pdf : bool
        Whether to make a PDF too.
    until : int
        1 January of the last year.
    force : bool
        Whether files of an earlier note may be replaced.

    Returns
    -------
    list of Path
        ``forecast.xlsx``, ``note.html`` and perhaps ``note.pdf``.

    Raises
    ------
    StorageError
        If the folder has files and `force` is not given, or writing fails.
    """
    trend = Scenario(
        name="trend" if language == "en" else "trenden",
        because="the level of the last years goes on" if language == "en" else "nivået de siste årene fortsetter",
        first_year=2026,
        last_year=until,
        outputs=Outputs(language=language, pdf=pdf, tables=False),
    )
    return write_run(run_scenario(trend), folder, force=force)
