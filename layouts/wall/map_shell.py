"""The map's place in the page: real components of Dash, unlike what the panels draw."""

from __future__ import annotations

import dash_leaflet as dl
from dash import html

from data.city.city import City

#: The scale bar is at most so wide (CSS px), and at least two fifths of it.
SCALE_PX = 240


def shell(city: City) -> html.Div:
    """The place of the map in the page, put there once: the Leaflet map with its scale bar and the containers the layer fills.

    No tile layer and no attribution link: nothing is ever fetched from outside.
    """
    lon, lat = city.profile.city.center or (0.0, 0.0)
    return html.Div(
        className="gw-map",
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
                maxZoom=19,
                zoomControl=False,
                attributionControl=False,
                zoomAnimation=False,
                fadeAnimation=False,
                inertia=False,
                trackViewport=False,
                keyboard=True,
                doubleClickZoom=False,
                boxZoom=False,
                children=[dl.ScaleControl(position="bottomright", metric=True, imperial=False, maxWidth=SCALE_PX)],
            ),
            html.Div(className="gw-map-chips", role="group"),
            html.Button(className="gw-map-back", hidden=True, type="button"),
            html.Div(className="gw-map-legend"),
            html.Div(className="gw-map-note"),
            html.Div(className="gw-map-tip", role="status"),
        ],
    )
