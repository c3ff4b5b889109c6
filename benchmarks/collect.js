// Has the page of the Chromium with the debug port process.argv[2] collect its garbage.  By its own protocol: a library's
// connection makes worlds of its own in the page, which stay there, a megabyte each time.
const pages = await (await fetch(`http://127.0.0.1:${process.argv[2]}/json/list`)).json();
const { webSocketDebuggerUrl } = pages.find((page) => page.type === "page");
const socket = new WebSocket(webSocketDebuggerUrl);
await new Promise((resolve, reject) => {
  socket.onopen = resolve;
  socket.onerror = reject;
});
for (let id = 1; id <= 3; id += 1) { // what a finaliser frees is collected by the next run
  const done = new Promise((resolve) => { socket.onmessage = resolve; });
  socket.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
  await done;
}
socket.close();
