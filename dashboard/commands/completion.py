"""``python -m dashboard completion``: a script that completes commands, options and their values in bash and zsh.

Generated once from the parser itself, so that a TAB costs nothing: a library that calls the program at each TAB would start it
every time, and the static ones do not support a command called as ``python -m``.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Iterator

from dashboard.command import Command, Options
from dashboard.parser import Parser
from data.text import Text

_HEAD = """\
# GridWall: completion for {shell} of `python -m dashboard`, and of `gridwall`, which is short for it.
# Load it with:  source <(python -m dashboard completion {shell})
gridwall() {{ python -m dashboard "$@"; }}
_gridwall_below() {{     # the commands below one
  case "$1" in
{below}
  esac
}}
_gridwall_options() {{
  case "$1" in
{options}
  esac
}}
_gridwall_values() {{    # of an option, or of what a command asks for
  case "$1 $2" in
{values}
  esac
}}
"""
_BASH = """\
_gridwall() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at=1 path="" i found
  COMPREPLY=()
  if [[ ${COMP_WORDS[0]##*/} == python* ]]; then
    if [[ ${COMP_WORDS[1]} != -m || ${COMP_WORDS[2]} != dashboard || $COMP_CWORD -lt 3 ]]; then
      if declare -F "$_gridwall_before" >/dev/null; then "$_gridwall_before" "$@"; fi
      return
    fi
    at=3
  fi
  for ((i = at; i < COMP_CWORD; i++)); do
    if [[ " $(_gridwall_below "$path") " == *" ${COMP_WORDS[i]} "* ]]; then path="${path:+$path }${COMP_WORDS[i]}"; fi
  done
  found=$(_gridwall_values "$path" "$prev")
  if [[ $found != *[![:space:]]* && $prev != --* ]]; then
    if [[ $cur == -* ]]; then found=$(_gridwall_options "$path")
    else found="$(_gridwall_below "$path") $(_gridwall_values "$path" argument)"; fi
  elif [[ $found != *[![:space:]]* && $cur == -* ]]; then found=$(_gridwall_options "$path"); fi
  COMPREPLY=($(compgen -W "$found" -- "$cur"))
}
_gridwall_before=$(complete -p python 2>/dev/null | sed -n 's/.*-F \\([^ ]*\\).*/\\1/p')
[[ $_gridwall_before == _gridwall ]] && _gridwall_before=""
complete -o default -F _gridwall gridwall python python3
"""
_ZSH = """\
_gridwall() {
  emulate -L zsh
  local cur=${words[CURRENT]} prev=${words[CURRENT-1]} at=2 path_="" i found
  if [[ ${words[1]:t} == python* ]]; then
    if [[ ${words[2]} != -m || ${words[3]} != dashboard || $CURRENT -lt 4 ]]; then
      (( $+functions[_python] )) && _python || _default
      return
    fi
    at=4
  fi
  for ((i = at; i < CURRENT; i++)); do
    if [[ " $(_gridwall_below "$path_") " == *" ${words[i]} "* ]]; then path_="${path_:+$path_ }${words[i]}"; fi
  done
  found=$(_gridwall_values "$path_" "$prev")
  if [[ -z $found && $prev != --* ]]; then
    if [[ $cur == -* ]]; then found=$(_gridwall_options "$path_")
    else found="$(_gridwall_below "$path_") $(_gridwall_values "$path_" argument)"; fi
  elif [[ -z $found && $cur == -* ]]; then found=$(_gridwall_options "$path_"); fi
  if [[ $found == *[![:space:]]* ]]; then compadd -- ${=found}; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _gridwall gridwall python python3
"""


def declare(options: Options) -> None:
    options.add(
        "shell",
        choices=("bash", "zsh"),
        metavar="SHELL",
        said=Text(zh="bash 或 zsh", en="bash or zsh"),
        missing=Text(zh="请写 bash 或 zsh，如 completion bash", en="name the shell, e.g. completion bash"),
    )


def run(args: Namespace) -> int:
    """Print the script for one shell; ``args.parser`` builds the parser of all commands."""
    print(script(args.parser(), args.shell), end="")
    return 0


def script(top: Parser, shell: str) -> str:
    """The completion script; its tables are the same for both shells."""
    found = list(_walk(top, ""))
    below = [f'    "{path}") echo "{" ".join(own.choices_of())}" ;;' for path, own in found if own.choices_of()]
    options = [f'    "{path}") echo "{" ".join(own.option_strings())}" ;;' for path, own in found]
    head = _HEAD.format(shell=shell, below="\n".join(below), options="\n".join(options), values="\n".join(_values(found)))
    return head + (_BASH if shell == "bash" else _ZSH)


def _walk(parser: Parser, path: str) -> Iterator[tuple[str, Parser]]:
    yield path, parser
    for name, own in parser.choices_of().items():
        yield from _walk(own, f"{path} {name}".strip())


def _values(found: list[tuple[str, Parser]]) -> list[str]:
    """The possible values of options and arguments that have a fixed list."""
    from data.access.roles import ROLES
    from data.city.profile import CITIES
    from data.metrics import METRICS
    from data.source.mapping import SOURCES

    lines = [
        f'    *" --city") echo "{_files(CITIES)}" ;;',
        f'    *" --mapping") echo "{_files(SOURCES)}" ;;',
        f'    *" --role") echo "{" ".join(ROLES)}" ;;',
        f'    "read argument") echo "{" ".join(METRICS)}" ;;',
    ]
    for path, own in found:
        for action in own._actions:
            if action.choices and not isinstance(action, argparse._SubParsersAction):
                for name in action.option_strings or ["argument"]:
                    lines.append(f'    "{path} {name}") echo "{" ".join(map(str, action.choices))}" ;;')
    return lines


def _files(folder: object) -> str:
    from pathlib import Path

    return " ".join(sorted(p.stem for p in Path(str(folder)).glob("*.toml")))


COMMAND = Command(
    "completion",
    Text(zh="输出 bash 或 zsh 的补全脚本", en="print a script by which bash or zsh completes commands and options"),
    (
        ("completion bash > ~/.gridwall-completion", Text(zh="再在 ~/.bashrc 中 source 它", en="then source it in ~/.bashrc")),
        ("completion zsh > ~/.gridwall-completion", Text(zh="再在 ~/.zshrc 中 source 它", en="then source it in ~/.zshrc")),
    ),
    declare,
    run,
)
