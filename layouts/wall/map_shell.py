"""The map's place in the page: real components of Dash, unlike what the panels draw."""

from __future__ import annotations

from html import escape

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from data.city.city import City
from data.city.map_setting import MapSetting
from data.text import Lang

#: The scale bar is at most so wide (CSS px), and at least two fifths of it.
SCALE_PX = 240
#: The deepest zoom of the map.
CLOSEST = 19


def shell(city: City, lang: Lang) -> html.Div:
    """The place of the map in the page, put there once: the Leaflet map with its scale bar and the containers the layer fills.

    Without a basemap in the city's file there is no tile layer: nothing is fetched from anywhere.
    """
    lon, lat = city.profile.city.center or (0.0, 0.0)
    setting = city.profile.map
    return html.Div(
        className="gw-map gw-map-based" if setting.basemap else "gw-map",
        id="gw-map",
        children=[
            dl.Map(
                id="gw-leaflet",
                className="gw-map-leaflet",
                center=[lat, lon],
                zoom=10,
                zoomSnap=0,
                zoomDelta=0.5,
                minZoom=6,
                maxZoom=CLOSEST,
                zoomControl=False,
                attributionControl=False,
                zoomAnimation=False,
                fadeAnimation=False,
                inertia=False,
                trackViewport=False,
                keyboard=True,
                doubleClickZoom=False,
                boxZoom=False,
                children=[
                    *_beneath(setting, lang),
                    dl.ScaleControl(position="bottomright", metric=True, imperial=False, maxWidth=SCALE_PX),
                ],
            ),
            html.Div(className="gw-map-chips", role="group"),
            html.Button(className="gw-map-back", hidden=True, type="button"),
            html.Div(className="gw-map-legend"),
            html.Div(className="gw-map-note"),
            html.Div(className="gw-map-tip", role="status"),
        ],
    )


def _beneath(setting: MapSetting, lang: Lang) -> list[Component]:
    """The basemap's tiles under the canvas layer, and whose they and the outlines are, as the city's file says."""
    parts: list[Component] = []
    if (base := setting.basemap) is not None:
        parts.append(
            dl.TileLayer(
                url=base.tiles,
                attribution=_credit(base.attribution(lang)),
                opacity=base.opacity,
                maxNativeZoom=base.max_zoom,
                maxZoom=CLOSEST,
                noWrap=True,
                disableDefaultEventHandlers=True,  # else each load of a tile is told to Dash
            )
        )
    if parts or setting.attribution is not None:
        outlines = _credit(setting.attribution(lang)) if setting.attribution is not None else ""
        parts.append(dl.AttributionControl(position="topright", prefix=outlines))  # "" = without Leaflet's own link
    return parts


def _credit(text: str) -> str:
    """A text as Leaflet's control takes it, which is markup."""
    return f"<span>{escape(text)}</span>"
