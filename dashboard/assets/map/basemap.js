// @ts-check
// The basemap's tiles: they are asked for only while their server answers.  A browser writes a line to its console for every image
// that does not come, and a large wall has a hundred of them: so one tile is asked for first, and one now and then where it failed.

const FIRST_MS = 30000, LONGEST_MS = 600000; // until a server that is away is asked again; the wait doubles
const AWAY = 4; // so many tiles of a view that fail, and none that comes: the server is away

/** Guards every tile layer of the map; before the first is made. @param {any} L */
export function watchTiles(L) {
  L.TileLayer.addInitHook(/** @this {any} */ function () { guard(L, this); });
}

/** @param {any} L @param {any} layer */
function guard(L, layer) {
  const create = layer.createTile;
  let open = false, asking = false, first = true, came = 0, failed = 0, wait = FIRST_MS, near = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  /** Asks for the tile in the middle of the view. */
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
    requestAnimationFrame(() => { if (!open) done(null, blank); }); // open: another tile stands in its place
    return blank;
  };
  layer.on("loading", () => { // a view: Leaflet makes the tile in its middle first
    first = true;
    came = failed = 0;
  });
  layer.on("tileload", () => { if (open) came += 1; });
  layer.on("tileerror", () => {
    failed += 1; // beside others that come it is the edge of what the server has
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
