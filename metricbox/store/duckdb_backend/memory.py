"""Gives memory back to the system after a job. Any thread."""

import ctypes


def release_unused() -> None:
    """Ask the C library for the pages that it keeps for later, which takes milliseconds.

    A job allocates and frees arrays of megabytes. glibc keeps what was freed, in one heap a thread: some 300 MB after
    a while. Other C libraries have no such call and no such habit.
    """
    if _HAS_TRIM:
        _LIBC.malloc_trim(0)


_LIBC = ctypes.CDLL(None)
_HAS_TRIM = hasattr(_LIBC, "malloc_trim")
