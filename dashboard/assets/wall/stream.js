// @ts-check
// The server's pulses: one stream for all tabs that show the same page, through a shared worker if supported.

/** @typedef {{pulse?: any, down?: number}} Message a pulse, or how often the stream was lost */

/** @type {{postMessage: (word: string) => void} | null} */
let port = null;
let stream = "";

/**
 * Listens to `url`; the previous stream is closed.
 * @param {string} url
 * @param {(message: Message) => void} hear
 */
export function listen(url, hear) {
  if (url === stream) return;
  leave();
  stream = url;
  if (!window.SharedWorker) {
    port = alone(url, hear);
    return;
  }
  const worker = new SharedWorker(new URL("./live-worker.js", import.meta.url), { name: url });
  worker.onerror = () => { if (url === stream) port = alone(url, hear); }; // its script failed to load
  worker.port.onmessage = (event) => hear(event.data);
  worker.port.start();
  port = worker.port;
}

/** Leaves the stream. */
export const leave = () => port && port.postMessage("bye");

/** A stream of this tab's own. @param {string} url @param {(message: Message) => void} hear */
function alone(url, hear) {
  /** @type {EventSource} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const connect = () => {
    source = new EventSource(url);
    source.onmessage = (event) => hear({ pulse: JSON.parse(event.data) });
    source.onerror = () => {
      source.close();
      hear({ down: 1 });
      timer = setTimeout(connect, 500 + Math.random() * 1000);
    };
  };
  connect();
  return { postMessage: () => { clearTimeout(timer); source.close(); } };
}
