// Chat rooms over WebSockets. A room is an object in the isolate's memory: who is in it, and what was said last.
// What was said comes from strangers: it is JSON on the wire, and text, never HTML, on the page.

const KEEP = 20; // messages a newcomer is shown
const LONGEST = 500; // characters of one message

interface Message {
  from: string;
  text: string;
}
interface Room {
  members: Map<WebSocket, string>;
  messages: Message[];
}

const rooms = new Map<string, Room>();

function room(name: string): Room {
  let r = rooms.get(name);
  if (!r) rooms.set(name, (r = { members: new Map(), messages: [] }));
  return r;
}

function say(r: Room, message: Message) {
  r.messages.push(message);
  if (r.messages.length > KEEP) r.messages.shift();
  const text = JSON.stringify(message);
  for (const socket of r.members.keys()) socket.send(text);
}

function join(name: string, who: string): Response {
  const r = room(name);
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  r.members.set(server, who);
  for (const m of r.messages) server.send(JSON.stringify(m));
  server.addEventListener("message", (event) => {
    const text = String(event.data).slice(0, LONGEST);
    if (text) say(r, { from: who, text });
  });
  server.addEventListener("close", () => {
    r.members.delete(server);
    if (!r.members.size) rooms.delete(name); // an empty room forgets
  });
  return new Response(null, { status: 101, webSocket: client });
}

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Chat</title>
<ul id="said"></ul>
<form><input id="text" autofocus autocomplete="off"></form>
<script>
  const said = document.getElementById("said"), text = document.getElementById("text");
  const room = location.hash.slice(1) || "lobby", name = prompt("Your name?") || "somebody";
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/rooms/" + room + "?name=" + encodeURIComponent(name));
  socket.onmessage = (e) => {
    const m = JSON.parse(e.data), item = document.createElement("li");
    item.textContent = m.from + ": " + m.text;
    said.append(item);
  };
  document.forms[0].onsubmit = (e) => {
    e.preventDefault();
    socket.send(text.value);
    text.value = "";
  };
</script>
`;

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const name = /^\/rooms\/([a-z0-9-]{1,40})$/.exec(url.pathname)?.[1];
    const who = (url.searchParams.get("name") ?? "").slice(0, 40) || "somebody";
    if (url.pathname === "/") return new Response(PAGE, { headers: { "content-type": "text/html;charset=utf-8" } });
    if (!name) return new Response("not found\n", { status: 404 });
    if (request.headers.get("upgrade") === "websocket") return join(name, who);
    if (request.method === "POST") {
      say(room(name), { from: who, text: (await request.text()).slice(0, LONGEST) });
      return new Response(null, { status: 204 });
    }
    const r = rooms.get(name);
    return Response.json({ members: [...(r?.members.values() ?? [])], messages: r?.messages ?? [] });
  },
};
