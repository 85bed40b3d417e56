"""`new_folder`: a starter folder whose files run as they are."""

import shutil
from functools import partial
from pathlib import Path

from kompaslite._files import write_folder
from kompaslite.datasets import example_folder


def new_folder(example: str, folder: str | Path, *, force: bool = False) -> list[Path]:
    """A folder with scenarios and a programme that run as they are.

    Parameters
    ----------
    example : str
        ``"baerum"``.
    folder : str or Path
        A new or empty folder.
    force : bool
        Whether files of these names may be replaced.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    SchemaError
        If there is no such example.
    StorageError
        If the folder has files and `force` is not given.
    """
    files = sorted((example_folder(example) / "start").iterdir())
    return write_folder(folder, {file.name: partial(shutil.copyfile, file) for file in files}, force=force)
