// @ts-check
// One stream for all tabs that show the same page: browsers open only about six connections to a server.
// The worker's name is the address of the stream.  Every pulse is forwarded to every tab at once.
"use strict";

/** @type {Set<MessagePort>} */
const ports = new Set();
/** @type {EventSource | null} */
let source = null;
let retry = 0;
let heard = 0;
let silence = 120000; // until the first pulse gives the server's tick, which is 60 s at most

/** @param {{pulse?: any, down?: number}} message */
function tell(message) {
  for (const port of ports) port.postMessage(message);
}

function connect() {
  source = new EventSource(self.name);
  heard = performance.now();
  source.onmessage = (event) => {
    retry = 0;
    heard = performance.now();
    const pulse = JSON.parse(event.data);
    silence = Math.max(10000, 5 * pulse.tick_ms);
    tell({ pulse });
  };
  source.onerror = lost;
}

function lost() {
  if (source) source.close();
  source = null;
  retry += 1;
  tell({ down: retry });
  // jittered, so that a hall of screens does not hit a server that has just come back all at once
  setTimeout(connect, 300 + Math.random() * 700 + Math.min(retry, 10) * 100);
}

// a cut network leaves a connection that is silent but never fails; a pulse arrives at least every 1.5 ticks
setInterval(() => {
  if (source !== null && performance.now() - heard > silence) lost();
}, 2000);

// an event of shared workers, which the types for pages lack
/** @type {any} */ (self).onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = (message) => {
    if (message.data === "bye") {
      ports.delete(port);
      // not at once: a page that comes back would connect to a closing worker and receive nothing
      setTimeout(() => ports.size || self.close(), 5000);
    }
  };
  if (source === null && retry === 0) connect();
};
