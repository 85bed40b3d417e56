"""Memory of large results, used again when nobody holds them any more.

The system hands out memory page by page and blank, which costs a large projection as much time as the projection
itself. So an array that the engine has made is not returned to the system at once when its last view is gone, but kept
for the next result of the same size; a run in chunks then works in the memory of its first chunk.
"""

import ctypes
import weakref
from collections import defaultdict
from math import prod
from threading import Lock

import numpy as np
from numpy.typing import DTypeLike

from kompaslite.engine.arrays import Array

#: Smaller arrays are left to NumPy.
SMALLEST = 2**19
#: Bytes kept at most while nobody uses them.
MOST_KEPT = 512 * 2**20

_kept: dict[int, list[Array]] = defaultdict(list)
_lock = Lock()


def empty(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an array whose values are not set, in used memory if there is any of its size."""
    size = prod(shape) * np.dtype(dtype).itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    with _lock:
        memory = _kept[size].pop() if _kept[size] else None
    if memory is None:
        memory = np.empty(size, np.uint8)
    # views refer to this object and not to the memory itself, so that its end is that of the last view
    lease = (ctypes.c_char * size).from_buffer(memory.data)
    weakref.finalize(lease, _keep, memory).atexit = False
    array: Array = np.frombuffer(memoryview(lease), np.dtype(dtype))
    return array.reshape(shape)


def kept_bytes() -> int:
    """Bytes that are kept and that nobody uses."""
    return sum(memory.nbytes for group in list(_kept.values()) for memory in list(group))


def release_memory() -> int:
    """Return all kept memory to the system."""
    with _lock:
        released = kept_bytes()
        _kept.clear()
    return released


def _keep(memory: Array) -> None:
    # a finalizer may run in the middle of anything, even of another call here: then it lets go
    if _lock.acquire(blocking=False):
        try:
            if kept_bytes() + memory.nbytes <= MOST_KEPT:
                _kept[memory.nbytes].append(memory)
        finally:
            _lock.release()
