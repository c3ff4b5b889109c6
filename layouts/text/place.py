"""The place that sentences are about."""

from __future__ import annotations

from dataclasses import dataclass

from data.city.city import City
from data.errors import QueryError
from data.text import Lang


@dataclass(frozen=True)
class Place:
    """The subject of the sentences: the city, or one town of it."""

    city: City
    scope: str = ""

    def whole(self, lang: Lang) -> str:
        """What an area or a department is compared with."""
        return self.city.profile.city.whole(lang) if not self.scope else self.area(self.scope, lang)

    def area(self, code: str, lang: Lang) -> str:
        try:
            return self.city.scope_name(code)(lang)
        except QueryError:
            return code
