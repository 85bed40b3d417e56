"""Files of the main job, written whole or not at all."""

from pathlib import Path
from tempfile import TemporaryDirectory

from kompaslite._files import StorageError, whole_file
from kompaslite.report.job import NoteForecast
from kompaslite.report.page import forecast_page
from kompaslite.report.tidy import tidy_tables

PAGE = "forecast.html"


def write_forecast(result: NoteForecast, folder: str | Path, *, force: bool = False) -> list[Path]:
    """Write the tidy tables as CSV and the page as HTML into a folder.

    Parameters
    ----------
    result : NoteForecast
        From `forecast_from_note`.
    folder : str or Path
        A new or empty folder; the folder above it must exist.
    force : bool
        Whether files of these names may be replaced in a folder that is not empty. Other files there stay.

    Returns
    -------
    list of Path
        The files, the page first.

    Raises
    ------
    StorageError
        If the folder has files and `force` is not given, or writing fails; the folder is then as it was.
    MissingExtraError
        If the extra ``desk`` is not installed.
    """
    folder = Path(folder)
    _check_folder(folder, force=force)
    writers = _writers(result)
    if not folder.exists():
        with whole_file(folder, force=False) as temporary:
            temporary.mkdir()
            _write(writers, temporary)
    else:
        _replace_files(writers, folder)
    return [folder / name for name in writers]


def _writers(result: NoteForecast) -> dict[str, bytes]:
    """Everything is made before anything is written."""
    made = {PAGE: forecast_page(result).encode()}
    for name, table in tidy_tables(result).items():
        made[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n").encode()
    return made


def _check_folder(folder: Path, *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"{folder}: this is a file, not a folder. Choose another name.")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise StorageError(
            f"{folder}: the folder is not empty. Choose another name, or replace the files of an earlier forecast with "
            "--force (force=True)."
        )


def _write(contents: dict[str, bytes], folder: Path) -> None:
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def _replace_files(contents: dict[str, bytes], folder: Path) -> None:
    """All new files stand in a folder of their own before the first old one is replaced."""
    try:
        with TemporaryDirectory(prefix=".", suffix=".part", dir=folder) as beside:
            _write(contents, Path(beside))
            for name in contents:
                (Path(beside) / name).replace(folder / name)
    except OSError as error:
        raise StorageError(f"{folder}: writing failed ({error}). Every file is whole: new or old.") from error
