"""The operating system's user at this machine, for the audit."""

from __future__ import annotations

import getpass


def os_user() -> str:
    """``cli:<operating system account>``; ``cli`` if it has no name."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli"
