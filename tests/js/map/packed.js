// A level's binary as docs and geo/pack.py describe it, written here from that description and not from the decoder.

const zigzag = (v) => (v < 0 ? -2 * v - 1 : 2 * v);

function varint(v) {
  const out = [];
  for (; v > 127; v = Math.floor(v / 128)) out.push((v % 128) + 128);
  return [...out, v];
}

/**
 * @param {{id: number, polygons: [number, number][][][]}[]} cells rings of whole quanta from the south-west corner, not closed
 * @param {{west?: number, south?: number, quantum?: number}} place degrees
 * @returns {ArrayBuffer}
 */
export function pack(cells, { west = 117, south = 35, quantum = 0.001 } = {}) {
  const polygons = cells.flatMap((c) => c.polygons), rings = polygons.flat();
  const numbers = [];
  let id = 0;
  for (const c of cells) { numbers.push(zigzag(c.id - id)); id = c.id; }
  numbers.push(...cells.map((c) => c.polygons.length), ...polygons.map((p) => p.length), ...rings.map((r) => r.length));
  let first = [0, 0];
  for (const ring of rings) {
    let at = first;
    for (const [i, vertex] of ring.entries()) {
      numbers.push(zigzag(vertex[0] - at[0]), zigzag(vertex[1] - at[1]));
      at = vertex;
      if (i === 0) first = vertex;
    }
  }
  const body = numbers.flatMap(varint), buffer = new ArrayBuffer(48 + body.length), view = new DataView(buffer);
  new Uint8Array(buffer).set([0x47, 0x57, 0x47, 0x4d, 1]);
  [west, south, quantum].forEach((v, i) => view.setFloat64(8 + 8 * i, v, true));
  [cells.length, polygons.length, rings.length, rings.flat().length].forEach((v, i) => view.setUint32(32 + 4 * i, v, true));
  new Uint8Array(buffer).set(body, 48);
  return buffer;
}

/** A rectangle as a ring. */
export const rectangle = (x0, y0, x1, y1) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
