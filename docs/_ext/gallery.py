"""What examples need when the documentation runs them."""

import builtins
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def know_own_file(gallery_conf: dict[str, object], name: str) -> None:  # noqa: ARG001
    """Let a script find the files beside it: run by the gallery it has no ``__file__``."""
    builtins.__file__ = str(EXAMPLES / Path(name).name)  # type: ignore[attr-defined]
