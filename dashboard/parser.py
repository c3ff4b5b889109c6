"""argparse in two languages, with examples below each help and one-line errors."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from data.errors import did_you_mean, did_you_mean_zh
from data.text import Lang, Text

PROG = "python -m dashboard"
_USAGE, _ARGUMENTS = Text(zh="用法：", en="usage: "), Text(zh="参数", en="arguments")
_OPTIONS, _EXAMPLES = Text(zh="选项", en="options"), Text(zh="例", en="examples")
_HELP = Text(zh="显示此说明", en="show this help")
_UNKNOWN = Text(zh="不认识“{word}”{near}", en="'{word}' is not known here{near}")
_NO_CHOICE = Text(zh="{option}“{word}”{near}", en="{option} '{word}'{near}")
_SEE = Text(zh="（见 {prog} --help）", en="  (see {prog} --help)")
#: argparse's messages, and the same in our words.
_SAID: tuple[tuple[str, Text], ...] = (
    (r"the following arguments are required: (.+)", Text(zh="还须给出 {0}", en="{0} is missing")),
    (r"argument (\S+): expected one argument", Text(zh="{0} 后须有一个值", en="{0} needs a value")),
    (r"argument (\S+): invalid int value: '(.*)'", Text(zh="{0} “{1}”：请写整数", en="{0} '{1}': write a whole number")),
    (r"argument (\S+): invalid float value: '(.*)'", Text(zh="{0} “{1}”：请写数", en="{0} '{1}': write a number")),
    (r"argument (\S+): not allowed with argument (\S+)", Text(zh="{0} 与 {1} 只能取其一", en="{0} or {1}, not both")),
    (r"argument (\S+): ignored explicit argument '(.*)'", Text(zh="{0} 不带值", en="{0} takes no value")),
    (r"ambiguous option: (\S+) could match (.+)", Text(zh="{0} 可指 {1}，请写全", en="{0} may mean {1}; write it in full")),
)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """``usage:`` in the language of its parser."""

    usage_word = _USAGE.en

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, self.usage_word if prefix is None else prefix)


class _Chinese(_Formatter):
    usage_word = _USAGE.zh


class Parser(argparse.ArgumentParser):
    """``examples``: (arguments after ``PROG``, what they do); ``missing``: messages for missing arguments."""

    def __init__(self, *, lang: Lang = "en", examples: Sequence[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(
            **more, add_help=False, formatter_class=_Chinese if lang == "zh" else _Formatter, epilog=_said(examples, lang)
        )
        self.lang, self.examples = lang, tuple(examples)
        self.missing: dict[str, str] = {}
        self._positionals.title, self._optionals.title = _ARGUMENTS(lang), _OPTIONS(lang)
        self.add_argument("-h", "--help", action="help", help=_HELP(lang))

    def error(self, message: str) -> NoReturn:
        """One line on stderr, exit code 2."""
        print(f"{self.prog}: {self._worded(message)}{_SEE(self.lang).format(prog=self.prog)}", file=sys.stderr)
        raise SystemExit(2)

    def unknown(self, words: Sequence[str]) -> NoReturn:
        """Report words that are neither an option nor an argument of this command."""
        word = shlex.join(words)[:60] if not words[0].startswith("-") else words[0].split("=")[0][:60]
        known = self.option_strings() if word.startswith("-") else []
        self.error(_UNKNOWN(self.lang).format(word=word, near=_near(word, known)(self.lang)))

    def option_strings(self) -> list[str]:
        """The long options of this command, in order."""
        return [o for a in self._actions if a.help != argparse.SUPPRESS for o in a.option_strings if o.startswith("--")]

    def choices_of(self) -> dict[str, Parser]:
        """The commands (or actions) below this one."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return dict(action.choices)
        return {}

    def _worded(self, message: str) -> str:
        wanted = re.fullmatch(r"the following arguments are required: (.+)", message)
        if wanted:
            told = next((self.missing[n] for n in wanted[1].split(", ") if n in self.missing), "")
            if told:
                return told
        choice = re.fullmatch(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)", message, re.S)
        if choice:
            known = [k.strip("' ") for k in choice[3].split(",")]
            near = _near(choice[2], known)(self.lang)
            return _NO_CHOICE(self.lang).format(option=choice[1], word=choice[2][:40], near=near)
        for form, said in _SAID:
            found = re.fullmatch(form, message)
            if found:
                return said(self.lang).format(*found.groups())
        return message


def _near(word: str, known: Sequence[str]) -> Text:
    return Text(zh=did_you_mean_zh(word, known), en=did_you_mean(word, known))


def _said(examples: Iterable[tuple[str, str]], lang: Lang) -> str:
    shown = [(f"{PROG} {typed}", does) for typed, does in examples]
    wide = max((len(typed) for typed, _ in shown), default=0)
    lines = [f"  {typed.ljust(wide)}   # {does}" for typed, does in shown]
    return "\n".join([f"{_EXAMPLES(lang)}:", *lines]) if lines else ""
