"""Words in the two languages of the product; Chinese is the default and the original."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Lang = Literal["zh", "en"]


class Text(BaseModel):
    """A name or sentence in Chinese and English; ``text("en")`` gives one of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str

    def __call__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en
