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
    look,
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
    for module in (serve, demo, writer, read, metrics, faults, check, draft, reconcile, refit, key, user, audit, look, completion)
)

__all__ = ["COMMANDS"]
