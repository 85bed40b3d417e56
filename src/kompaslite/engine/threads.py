"""Parts of a job shared out among threads."""

import os
from collections.abc import Callable, Iterable
from threading import Thread
from typing import TypeVar

Part = TypeVar("Part")


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(run: Callable[[Part], None], parts: Iterable[Part], threads: int) -> None:
    """Run a function on every part: threads take parts until none is left.

    The caller is one of the threads, so that a short job on few threads does not wait for others to start.

    Parameters
    ----------
    run : callable
        Writes its results where they belong; parts do not meet.
    parts : iterable
        What to call it with.
    threads : int
        At most so many.

    Raises
    ------
    BaseException
        The first that `run` raises.

    Examples
    --------
    >>> found = []
    >>> share_out(found.append, [1, 2, 3], threads=2)
    >>> sorted(found)
    [1, 2, 3]
    """
    waiting = iter(list(parts))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for part in waiting:
                run(part)
        except BaseException as failure:
            failures.append(failure)

    others = [Thread(target=work) for _ in range(threads - 1)]
    for other in others:
        other.start()
    work()
    for other in others:
        other.join()
    if failures:
        raise failures[0]
