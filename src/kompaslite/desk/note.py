"""Note and workbook of the Baerum example, in one step."""

from collections.abc import Callable
from pathlib import Path

from kompaslite.datasets import load_example
from kompaslite.files import StorageError, write_folder
from kompaslite.language import Language
from kompaslite.report import forecast_from_note, write_note
from kompaslite.workbook import write_workbook


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
        ``note.html``, perhaps ``note.pdf``, and ``forecast.xlsx``.

    Raises
    ------
    StorageError
        If the folder has files and `force` is not given, or writing fails.
    """
    example = load_example("baerum")
    result = forecast_from_note(example, until=until)
    about = {"title": f"Forecast of Baerum to {until}", "source": example.note.source}
    makers: dict[str, Callable[[Path], object]] = {
        "note.html": lambda path: write_note(result.forecast, example, path, language=language, pdf=pdf),
        **({"note.pdf": _made_with_the_page} if pdf else {}),
        "forecast.xlsx": lambda path: write_workbook(result.forecast, path, about=about),
    }
    return write_folder(folder, makers, force=force)


def _made_with_the_page(path: Path) -> None:
    """The PDF is written beside the page, from the same page."""
    if not path.is_file():
        raise StorageError(f"{path.name}: it was not made with the page. Ask for it again.")
