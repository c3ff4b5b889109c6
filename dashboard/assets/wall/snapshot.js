// @ts-check
// The one fetch of a tick: what changed since the snapshot on the screen.
import { at } from "../shared/below.js";
import { confirm, held, note, query } from "./held.js";
import { renew } from "./renewal.js";

/**
 * What is to be drawn; null if the screen shows it already or has moved on, or if the server has nothing yet.  Raises if the
 * server does not answer, or answers with an error.
 * @returns {Promise<any>}
 */
export async function fetchPage() {
  const page = held.page;
  if (!page) return null;
  const search = query(page);
  search.delete("page");
  if (held.id) search.set("since", held.id);
  const abort = new AbortController();
  // if the stream is silent too, the connection may be dead: a new one is tried soon
  const silent = held.lastPulse && performance.now() - held.lastPulse > 2.5 * held.tick;
  const timer = setTimeout(() => abort.abort(), silent ? 3000 : 8000);
  held.asked = held.asked || performance.now();
  try {
    const answer = await fetch(`${at("/snapshot")}/${page.page}?${search}`, {
      signal: abort.signal, cache: "no-store", headers: held.etag ? { "If-None-Match": held.etag } : {},
    });
    if (page !== held.page) return null; // the screen has moved on meanwhile
    held.fetches += 1;
    const [now, asOf, checked, ok] = (answer.headers.get("x-gridwall") || "").split(",").map(Number);
    if (now) note(now, ok ? { ...held.source, ok: true, fault: "", loading: null } : held.source);
    if (now || answer.status < 500) held.asked = 0; // otherwise a proxy answered in place of the server
    renew(answer.headers.get("x-build"));
    if (answer.status === 304) {
      confirm(answer.headers.get("x-snapshot") || "", asOf, checked); // the same pixels under a newer id
      return null;
    }
    const body = await answer.json();
    if (page !== held.page) return null;
    if (answer.status === 202) {
      note(body.now, body.source);
      return null;
    }
    if (answer.status === 400) {
      held.refused = (page.lang === "zh" && body.error_zh) || body.error; // invalid address: shown, not retried as a fault
      return null;
    }
    held.denied = answer.status === 401;
    if (!answer.ok) throw new Error(body.error || answer.statusText);
    held.etag = answer.headers.get("etag") || "";
    return { ...body, asOf, checked };
  } finally {
    clearTimeout(timer);
  }
}
