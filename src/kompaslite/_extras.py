"""Libraries that come with an extra: imported where they are used, with a word on what to install."""

from importlib import import_module
from typing import Any

from kompaslite.schema import KompasliteError


class MissingExtraError(KompasliteError, ImportError):
    """A library of an optional extra is not installed."""


def from_extra(module: str, extra: str, purpose: str) -> Any:
    """A module that an extra brings.

    Parameters
    ----------
    module : str
        Name to import.
    extra : str
        The extra of this library that installs it.
    purpose : str
        What needs it, as the beginning of the error.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        If it is not installed; the message has the line that installs it.

    Examples
    --------
    >>> from_extra("json", "desk", "reading").dumps([1])
    '[1]'
    """
    try:
        return import_module(module)
    except ImportError as error:
        library = module.split(".", maxsplit=1)[0]
        raise MissingExtraError(
            f"{purpose} needs {library}, which is not installed. Install the extra {extra}: "
            f'pip install "kompaslite[{extra}]"'
        ) from error
