"""The saved views of the workbench: what of an address is kept, who is shown it, what an address that names one opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbacks.desk.analyst import Analyst
from data.access.roles import ROLES
from data.access.saved_views import SavedViews
from data.access.store import State
from data.access.viewer import Viewer
from data.errors import AccessError, QueryError
from layouts.analyst.page import page
from tests.callbacks.desk.test_analyst_export import Service

CITY = Viewer("desk", rights=ROLES["analyst"], user="wang", role="analyst")
EAST = Viewer("desk", rights=ROLES["leader"], user="li", role="leader", area="east")


@pytest.fixture
def desk(tmp_path: Path) -> Analyst:
    return Analyst(Service(), SavedViews(State(f"sqlite:///{tmp_path}/state.sqlite")))


def _shown(desk: Analyst, viewer: Viewer) -> str:
    assert desk.views is not None
    return str(desk.views.listed(viewer, {})["html"])


def _save(desk: Analyst, viewer: Viewer, name: str, **words: str) -> str:
    assert desk.views is not None
    return str(desk.views.save(viewer, {"name": name, "view": words})["id"])


def test_the_filters_and_the_tab_are_kept_and_what_belongs_to_a_moment_is_not(desk: Analyst) -> None:
    assert desk.views is not None
    kept = _save(desk, CITY, "周报", win="7d", state="open", tab="queues", case="QF-1", lang="en", reader="x", snapshot="S-1")
    view = desk.views.named(CITY, kept)
    assert view is not None
    assert view.words == "win=7d&state=open&tab=queues"
    html = _shown(desk, CITY)
    assert 'href="/analyst?win=7d&amp;state=open&amp;tab=queues"' in html
    assert f'data-view-address="/analyst?view={kept}"' in html
    assert desk.views.listed(CITY, {"lang": "en"})["html"].count("&amp;lang=en") == 2


def test_a_view_is_shown_to_others_who_may_see_its_area_and_removed_by_its_own_account(desk: Analyst) -> None:
    assert desk.views is not None
    everywhere = _save(desk, CITY, "全部", win="7d")
    west, east = _save(desk, CITY, "西", area="west"), _save(desk, CITY, "东", area="east")
    html = _shown(desk, EAST)
    assert "全部" in html
    assert "东" in html
    assert "西" not in html
    assert "data-view-remove" not in html
    assert desk.views.named(EAST, west) is None
    assert desk.views.named(EAST, east) is not None
    with pytest.raises(AccessError):
        desk.views.remove(EAST, {"id": everywhere})
    assert "全部" not in desk.views.remove(CITY, {"id": everywhere})["html"]


def test_a_view_without_an_area_shows_each_account_its_own(desk: Analyst) -> None:
    assert desk.views is not None
    view = desk.views.named(CITY, _save(desk, EAST, "近七天", win="7d"))
    assert view is not None
    assert (view.words, view.area) == ("win=7d", "")


def test_what_the_workbench_does_not_read_is_not_saved(desk: Analyst) -> None:
    with pytest.raises(QueryError, match="there is no such value"):
        _save(desk, CITY, "x", win="8d")
    with pytest.raises(AccessError):
        _save(desk, EAST, "x", area="west")
    assert desk.views is not None
    with pytest.raises(QueryError, match="a name of 1 to 60"):
        desk.views.save(CITY, {"name": "", "view": "win=7d"})
    assert "an-view-name" not in _shown(desk, CITY)


def test_a_page_says_which_filters_the_view_of_its_address_holds_or_that_there_is_none(desk: Analyst) -> None:
    assert desk.views is not None
    city = desk.service.desk_facts()[1]
    kept = desk.views.named(CITY, _save(desk, CITY, "周报", win="7d"))

    def start(words: dict[str, str], named: object) -> object:
        drawn = page(CITY, city, words, "zh", (), named, True)  # type: ignore[arg-type]
        return next(n for n in drawn._traverse() if getattr(n, "id", "") == "an-start").data["view"]

    assert start({"view": "x"}, kept) == "win=7d"
    assert start({"view": "x"}, None) == ""
    assert start({}, None) is None
