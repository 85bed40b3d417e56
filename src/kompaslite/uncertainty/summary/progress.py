"""How far a long run has come."""

import sys
import time
from collections.abc import Callable

#: Called with the jobs that are done, and with all there are.
Progress = Callable[[int, int], None]
_WIDTH = 32


def bar(label: str) -> Progress:
    """A line on standard error that grows, with the time that is left."""
    start = time.monotonic()

    def show(done: int, of: int) -> None:
        line = drawn(done, of, seconds=time.monotonic() - start)
        sys.stderr.write(f"\r{label} {line}\x1b[K" + ("\n" if done == of else ""))
        sys.stderr.flush()

    return show


def drawn(done: int, of: int, *, seconds: float) -> str:
    """The bar as text."""
    filled = _WIDTH * done // max(of, 1)
    left = f", {seconds * (of - done) / done:.0f} s left" if 0 < done < of else ""
    return f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{of}{left}"


def silent(done: int, of: int) -> None:
    """Nothing."""


def shown(progress: bool | Progress, label: str) -> Progress:  # noqa: FBT001
    """What is called with the jobs that are done: a bar, nothing, or what was given."""
    return bar(label) if progress is True else progress or silent
