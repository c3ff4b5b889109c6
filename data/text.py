"""Texts in the two languages of the product; Chinese is the default and the original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

Lang = Literal["zh", "en"]


class Text(BaseModel):
    """A name or sentence in Chinese and English; ``text("en")`` returns one of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str

    def __call__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


#: Separators of list items, and of clauses in a sentence.
ITEMS, CLAUSES = Text(zh="、", en=", "), Text(zh="；", en="; ")
#: Language tag for HTML, browsers and Plotly, and the language's own name.
TAG, ENDONYM = Text(zh="zh-CN", en="en"), Text(zh="中文", en="English")


def lang_in(words: Mapping[str, object]) -> Lang:
    """The language that the words of an address ask for: Chinese unless ``lang=en``."""
    return "en" if words.get("lang") == "en" else "zh"


def other(lang: Lang) -> Lang:
    """The other of the two languages."""
    return "en" if lang == "zh" else "zh"
