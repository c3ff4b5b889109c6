// @ts-check
// The basemap's tiles are requested only while their server answers.  A browser logs a console line for every image that fails,
// and a large wall has a hundred of them: so one tile is requested first, and after a failure one from time to time.

const FIRST_MS = 30000, LONGEST_MS = 600000; // wait before an unavailable server is tried again; it doubles
const AWAY = 4; // this many failed tiles of a view and none loaded: the server is unavailable

/** Guards every tile layer of the map; call before the first is created. @param {any} L */
export function watchTiles(L) {
  L.TileLayer.addInitHook(/** @this {any} */ function () { guard(L, this); });
}

/** @param {any} L @param {any} layer */
function guard(L, layer) {
  const create = layer.createTile;
  let open = false, asking = false, first = true, came = 0, failed = 0, wait = FIRST_MS, near = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  /** Requests the tile in the middle of the view. */
  function ask() {
    if (open || asking || !near) return;
    asking = true;
    const tile = new Image();
    tile.onload = () => {
      asking = false;
      open = true;
      wait = FIRST_MS;
      layer.redraw();
    };
    tile.onerror = () => {
      asking = false;
      later();
    };
    tile.src = near;
  }

  function later() {
    clearTimeout(again);
    again = setTimeout(() => {
      again = undefined;
      ask();
    }, wait);
    wait = Math.min(2 * wait, LONGEST_MS);
  }

  /** @param {any} coords @param {(error: any, tile: HTMLElement) => void} done */
  layer.createTile = (coords, done) => {
    if (first) near = layer.getTileUrl(coords);
    first = false;
    if (open) return create.call(layer, coords, done);
    if (again === undefined) ask();
    const blank = document.createElement("div");
    requestAnimationFrame(() => { if (!open) done(null, blank); }); // if open by then, another tile has replaced it
    return blank;
  };
  layer.on("loading", () => { // a new view: Leaflet creates the tile in its middle first
    first = true;
    came = failed = 0;
  });
  layer.on("tileload", () => { if (open) came += 1; });
  layer.on("tileerror", () => {
    failed += 1; // if others load, it is only the edge of the server's coverage
    if (!open || came || failed < AWAY) return;
    open = false;
    for (const tile of layer.getContainer().querySelectorAll("img.leaflet-tile:not(.leaflet-tile-loaded)")) {
      tile.src = L.Util.emptyImageUrl;
    }
    later();
  });
  layer.on("remove", () => {
    clearTimeout(again);
    again = undefined;
  });
}
