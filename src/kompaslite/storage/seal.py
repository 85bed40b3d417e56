"""The seal of a stored file: its hash behind its end, since reading a damaged file can hang."""

import hashlib
from pathlib import Path

from kompaslite._files import StorageError
from kompaslite.storage.record import file_hash

_HDF5 = b"\x89HDF\r\n\x1a\n"
_SEAL = b"\nkompaslite sha256 "
_LENGTH = len(_SEAL) + 64
#: Where a file says how long it is, by the version of its superblock.
_END = {0: 40, 1: 44, 2: 28, 3: 28}


def seal(path: Path) -> None:
    """Append the file's hash: HDF5 ignores what follows its end."""
    digest = file_hash(path)
    with path.open("ab") as stream:
        stream.write(_SEAL + digest.encode())


def check_seal(path: Path) -> bool:
    """Whether a file is as it was sealed, or raise if it is damaged; False where another program wrote it anew."""
    with path.open("rb") as stream:
        start = stream.read(64)
        size = path.stat().st_size
        stream.seek(max(0, size - _LENGTH))
        tail = stream.read()
    if not start.startswith(_HDF5):
        raise StorageError(f"{path}: not a netCDF-4 file. Files for load are written by kompaslite.save.")
    if tail.startswith(_SEAL):
        if _hash_of_start(path, size - _LENGTH) != tail[len(_SEAL) :].decode(errors="replace"):
            raise StorageError(f"{path}: the file is damaged: its content does not match its hash. Fetch a whole copy.")
        return True
    if size != _stated_size(start):
        raise StorageError(f"{path}: the end of the file is missing: it is truncated. Fetch a whole copy.")
    return False


def _stated_size(start: bytes) -> int:
    place = _END.get(start[8], 28)
    return int.from_bytes(start[place : place + 8], "little")


def _hash_of_start(path: Path, length: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while length > 0 and (part := stream.read(min(length, 1 << 20))):
            digest.update(part)
            length -= len(part)
    return digest.hexdigest()
