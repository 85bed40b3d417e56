"""Parts of a job shared out among threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(run: Callable[[Part], None], parts: Sequence[Part], threads: int) -> None:
    """Run a function on every part, on several threads if there is more than one part.

    Parameters
    ----------
    run : callable
        Writes its results where they belong; parts do not meet.
    parts : sequence
        What to call it with.
    threads : int
        At most so many.

    Raises
    ------
    Exception
        The first that `run` raises, in the order of the parts.

    Examples
    --------
    >>> found = []
    >>> share_out(found.append, [1, 2, 3], threads=2)
    >>> sorted(found)
    [1, 2, 3]
    """
    if threads == 1 or len(parts) < 2:
        for part in parts:
            run(part)
        return
    with ThreadPoolExecutor(min(threads, len(parts))) as pool:
        for _ in pool.map(run, parts):
            pass
