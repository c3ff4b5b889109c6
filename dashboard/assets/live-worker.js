// One stream for all tabs that look at the same page: browsers open only about six connections to a server.
// The worker's name is the address of the stream.  Every pulse is handed to every tab as it comes.
"use strict";

const ports = new Set();
let source = null;
let retry = 0;

function tell(message) {
  for (const port of ports) port.postMessage(message);
}

function connect() {
  source = new EventSource(self.name);
  source.onmessage = (event) => {
    retry = 0;
    tell({ pulse: JSON.parse(event.data) });
  };
  source.onerror = () => {
    source.close();
    source = null;
    retry += 1;
    tell({ down: retry });
    // jittered, so that a hall of screens does not fall upon a server that has just come back
    setTimeout(connect, 300 + Math.random() * 700 + Math.min(retry, 10) * 100);
  };
}

self.onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = (message) => {
    if (message.data === "bye") {
      ports.delete(port);
      if (!ports.size) self.close();
    }
  };
  if (source === null && retry === 0) connect();
};
