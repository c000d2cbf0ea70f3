// What the scenarios of `cusp serve` share: Workers as scripts, the tree of processes, load that counts.
import { readFileSync } from "node:fs";
import { scratch, serve, sleep, withTime, write } from "./cusp.mjs";
import { keepAlive, request } from "./http.mjs";

/** workers: {name: {script, kv, routes, account, top: "more = 1"}} -> cusp.toml, with projects written to `dir`. */
export function configuration(dir, workers, head = "threads = 1\n") {
  let toml = head;
  for (const [name, { script, kv, routes, account, isDefault, vars, more }] of Object.entries(workers)) {
    write(dir, `${name}/wrangler.json`, JSON.stringify({ name, main: "i.js", compatibility_date: "2025-09-01", ...more, vars, kv_namespaces: (kv ?? []).map((binding) => ({ binding, id: binding.toLowerCase() })) }));
    write(dir, `${name}/i.js`, script);
    toml += `[[worker]]\nname = "${name}"\npath = "${name}"\n`;
    if (account) toml += `account = "${account}"\n`;
    if (isDefault || !routes) toml += "default = true\n";
    if (routes) toml += `routes = ${JSON.stringify(routes)}\n`;
  }
  return withTime(toml);
}

export async function serveWorkers(t, workers, head) {
  const dir = scratch(t);
  return serve(t, configuration(dir, workers, head), { dir });
}

export const text = (value) => `export default { fetch: () => new Response(${JSON.stringify(value)}) };`;
export const get = (p, host = "default.test", path = "/", options = {}) => request(p.url + path, { ...options, headers: { host, ...options.headers } });

/** {edge: [pid], control: [pid], worker: [pid], backup: [pid]}; backup: spare worker processes */
export function children(p) {
  const found = { edge: [], control: [], worker: [], backup: [] };
  const list = readFileSync(`/proc/${p.pid}/task/${p.pid}/children`, "utf8").trim();
  for (const pid of list ? list.split(" ") : []) {
    let line = "";
    try {
      line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {}
    const kind = /@(edge|control|worker|backup)/.exec(line)?.[1];
    if (kind) found[kind].push(Number(pid));
  }
  return found;
}

export async function eventually(check, ms = 30_000) {
  for (const end = Date.now() + ms; ; await sleep(10)) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`it never happened: ${check}`);
  }
}

/** Clients that ask one request after the other until stop(); each result is {started, ended, ok, status, text}. */
export function load(p, clients, ask) {
  let stopped = false;
  const results = [];
  const loops = Array.from({ length: clients }, async (_, id) => {
    const agent = keepAlive();
    for (let n = 0; !stopped; n++) {
      const started = performance.now();
      const r = await ask({ agent, id, n }).catch((error) => ({ status: error.code ?? String(error) }));
      results.push({ started, ended: performance.now(), status: r.status, text: r.text, id, n });
      if (r.status !== 200) await sleep(5);
    }
    agent.destroy();
  });
  return {
    results,
    async stop() {
      stopped = true;
      await Promise.all(loops);
      return results;
    },
  };
}
export const isDebug = process.env.CUSP_BUILD === "debug";
