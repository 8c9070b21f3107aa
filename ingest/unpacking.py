"""What a server packed although it was not asked to: unpacked a little at a time, so that a small bomb stays small."""

import zlib
from collections.abc import Iterable, Iterator

from corpus import Unreadable

_PIECE = 1 << 16  # bytes at a time
_ANY_HEADER = zlib.MAX_WBITS | 32  # of gzip or zlib
_PACKED = frozenset(["gzip", "x-gzip", "deflate"])


def unpacked(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The bytes that a Content-Encoding stands for, none longer than `parts` or 64 KiB. Raises Unreadable."""
    named = encoding.strip().lower()
    if named in {"", "identity"}:
        return iter(parts)
    if named in _PACKED:
        return _inflated(parts)
    raise Unreadable(f"The server packs its pages in a way that is not read ({encoding[:40]}).")


def _inflated(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The only way to see a bomb is to unpack it; whoever reads stops when there is too much."""
    packed = zlib.decompressobj(_ANY_HEADER)
    try:
        for part in parts:
            held = part
            while held and not packed.eof:
                yield packed.decompress(held, _PIECE)
                held = packed.unconsumed_tail
        yield packed.flush()
    except zlib.error as fault:
        raise Unreadable("What the server packed is broken.") from fault
    if not packed.eof:
        raise Unreadable("What the server packed breaks off.")
