"""Runs a command where there is no network but loopback: `python tests/tools/loopback.py COMMAND...`

What passes here needs no network, and a server that listens on all interfaces is reachable from nowhere else.
The process moves itself into a network namespace of its own (see unshare(2), user_namespaces(7)) and becomes the
command. Where the kernel forbids that, the command runs without it, and one line says so. Standard library only.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # <linux/sched.h>
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1  # <linux/sockios.h>, <linux/if.h>
_IFREQ = "16sH22x"  # struct ifreq: name, flags, the rest of its union


def main(command: list[str]) -> None:
    """Becomes the command; comes back only by SystemExit."""
    if not command:
        sys.exit("usage: loopback.py COMMAND...")
    if fault := why_not():
        print(f"loopback.py: no namespace without a network can be had ({fault}); running with it.", file=sys.stderr)
    else:
        isolate()
    try:
        os.execvp(command[0], command)
    except OSError as fault:
        sys.exit(f"loopback.py: {command[0]}: {fault.strerror}")


def why_not() -> str | None:
    """Why this process could not be isolated; None if it can.

    Tried in a child, since some kernels make the namespace and then refuse to raise `lo` in it.
    """
    reads, writes = os.pipe()
    if child := os.fork():
        os.close(writes)
        with os.fdopen(reads) as told:
            fault = told.read()
        status = os.waitpid(child, 0)[1]
        return fault or (None if status == 0 else f"status {status}")
    try:
        isolate()
    except (OSError, AttributeError) as refusal:  # AttributeError: a C library without unshare
        os.write(writes, str(refusal).encode())
    os._exit(0)


def isolate() -> None:
    """Moves this process into a network namespace in which only `lo` is up. Raises OSError."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        _unshare(_CLONE_NEWNET)
    else:  # only in a user namespace of one's own may a network namespace be made
        _unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _raise_loopback()


def _unshare(flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack(_IFREQ, b"lo", 0))
        flags = struct.unpack(_IFREQ, asked)[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack(_IFREQ, b"lo", flags | _IFF_UP))


if __name__ == "__main__":
    main(sys.argv[1:])
