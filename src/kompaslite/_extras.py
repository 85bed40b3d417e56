"""Libraries that come with an extra: imported where they are used, with a word on what to install."""

from importlib import import_module
from typing import Any

from kompaslite.schema import KompasliteError


class MissingExtraError(KompasliteError, ImportError):
    """A library of an optional extra is not installed."""


def from_extra(module: str, extra: str, purpose: str) -> Any:
    """A module that an extra brings."""
    try:
        return import_module(module)
    except ImportError as error:
        library = module.split(".", maxsplit=1)[0]
        raise MissingExtraError(
            f"{purpose} needs {library}, which is not installed. Install the extra {extra}: "
            f'pip install "kompaslite[{extra}]"'
        ) from error
