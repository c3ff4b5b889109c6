"""The map's container in the page: real Dash components, unlike the panels' drawings."""

from __future__ import annotations

from html import escape

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from data.city.city import City
from data.city.map_setting import MapSetting
from data.text import Lang

#: Maximum width of the scale bar (CSS px); it is at least two fifths of it.
SCALE_PX = 240
#: Maximum zoom of the map.
CLOSEST = 19


def shell(city: City, lang: Lang) -> html.Div:
    """The map's container, created once: the Leaflet map with its scale bar and the elements that the layer fills.

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
    """The basemap's tiles under the canvas layer, and the credits of basemap and outlines from the city's file."""
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
                disableDefaultEventHandlers=True,  # else each tile load is reported to Dash
            )
        )
    if parts or setting.attribution is not None:
        outlines = _credit(setting.attribution(lang)) if setting.attribution is not None else ""
        parts.append(dl.AttributionControl(position="topright", prefix=outlines))  # "" = without Leaflet's own link
    return parts


def _credit(text: str) -> str:
    """A text escaped for Leaflet's attribution control, which takes markup."""
    return f"<span>{escape(text)}</span>"
