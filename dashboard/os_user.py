"""Who types at the machine itself, for the audit."""

from __future__ import annotations

import getpass


def os_user() -> str:
    """``cli:<account of the operating system>``; ``cli`` where it has no name."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli"
