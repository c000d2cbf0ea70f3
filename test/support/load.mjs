// Load that does not wait: requests leave on a schedule, whether earlier ones were answered or not, so that a server which stands still
// is seen standing still. Raw sockets, because a client that costs more than what it measures measures itself.
import { connect } from "node:net";

const LATE_MS = 5000; // an answer that has not come by then is an error

class Connection {
  constructor(port, host) {
    this.waiting = null;
    this.text = "";
    this.head = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    this.socket = connect(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.open = true;
    this.socket.on("data", (d) => this.read(d));
    this.socket.on("error", () => {});
    this.socket.on("close", () => ((this.open = false), this.finish("closed")));
  }
  finish(what) {
    const done = this.waiting;
    this.waiting = null;
    done?.(what);
  }
  read(data) {
    this.text += data.toString("latin1");
    const end = this.text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.text)?.[1] ?? NaN);
    if (!(this.text.length >= end + 4 + length)) return;
    const status = Number(this.text.slice(9, 12));
    this.text = this.text.slice(end + 4 + length);
    this.finish(status);
  }
  /** Resolves with the status, or a word for what went wrong. */
  ask() {
    return new Promise((done) => {
      const late = setTimeout(() => this.socket.destroy(), LATE_MS);
      this.waiting = (what) => (clearTimeout(late), done(what));
      this.socket.write(this.head);
    });
  }
}

/** `rate` requests a second for `ms`. {times: sorted milliseconds of the answers, errors: {what: count}, sent} */
export async function steady(port, host, { rate = 500, ms = 3000 } = {}) {
  const idle = [];
  const all = [];
  const times = [];
  const errors = {};
  const pending = new Set();
  const began = performance.now();
  let sent = 0;
  const one = async () => {
    let c = idle.pop();
    while (c && !c.open) c = idle.pop();
    if (!c) all.push((c = new Connection(port, host)));
    const from = performance.now();
    const what = await c.ask();
    if (what === 200) times.push(performance.now() - from);
    else errors[what] = (errors[what] ?? 0) + 1;
    if (c.open) idle.push(c);
  };
  while (performance.now() - began < ms) {
    const due = Math.floor(((performance.now() - began) * rate) / 1000);
    for (; sent < due; sent++) {
      const p = one();
      pending.add(p);
      p.then(() => pending.delete(p));
    }
    await new Promise((next) => setTimeout(next, 1));
  }
  await Promise.all(pending);
  for (const c of all) c.socket.destroy();
  times.sort((a, b) => a - b);
  return { times, errors, sent, failed: Object.values(errors).reduce((a, b) => a + b, 0) };
}

/** `clients` ask `host` again and again until stop() is called; each attempt ends after `patienceMs` at the latest. Counts what came. */
export function attack(port, host, { clients = 4, patienceMs = 2500, enoughBytes = 4 << 20 } = {}) {
  const seen = {};
  const sockets = new Set();
  let on = true;
  const once = () =>
    new Promise((done) => {
      let text = "";
      let bytes = 0;
      const socket = connect(port, "127.0.0.1", () => socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));
      sockets.add(socket);
      const late = setTimeout(() => ((text ||= "no answer"), socket.destroy()), patienceMs);
      socket.on("data", (d) => {
        if (text.length < 1024) text += d.toString("latin1");
        if ((bytes += d.length) > enoughBytes) socket.destroy();
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        clearTimeout(late);
        sockets.delete(socket);
        const what = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
        const key = what ? what + (/error code: (\d+)/.exec(text) ? ` (${/error code: (\d+)/.exec(text)[1]})` : "") : text || "closed";
        seen[key] = (seen[key] ?? 0) + 1;
        done();
      });
    });
  const loops = Array.from({ length: clients }, async () => {
    while (on) {
      await once();
      await new Promise((next) => setTimeout(next, 5)); // a refused client does not become a load of its own
    }
  });
  return {
    seen,
    async stop() {
      on = false;
      for (const s of sockets) s.destroy();
      await Promise.all(loops);
      return seen;
    },
  };
}

export const percentile = (sorted, q) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] : NaN);
