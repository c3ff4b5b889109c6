"""The commands, one file each, in the order in which the help lists them."""

from dashboard.command import Command
from dashboard.commands import (
    audit,
    check,
    completion,
    demo,
    draft,
    faults,
    key,
    metrics,
    read,
    reconcile,
    refit,
    serve,
    user,
    writer,
)

COMMANDS: tuple[Command, ...] = tuple(
    module.COMMAND
    for module in (serve, demo, writer, read, metrics, faults, check, draft, reconcile, refit, key, user, audit, completion)
)

__all__ = ["COMMANDS"]
