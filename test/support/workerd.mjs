// Starts the real workerd (npm) on a script, the way `wrangler dev` would: bundled by esbuild, bindings as a capnp configuration.
// KV and the cache are services that workerd asks over HTTP (support/workerd-services.mjs).
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd, root } from "./cusp.mjs";
import { cacheService, kvService } from "./workerd-services.mjs";

const require = createRequire(join(root, "test/package.json"));
const program = () => {
  const platform = { x64: "64", arm64: "arm64" }[process.arch];
  return require.resolve(`@cloudflare/workerd-linux-${platform}/bin/workerd`);
};
const esbuild = () => join(root, "node_modules/.bin/esbuild");
const COMPATIBILITY_DATE = "2025-09-01";

// As src/control/bundle.c has it.
const BUNDLE = [
  "--bundle", "--format=esm", "--target=es2024", "--platform=neutral", "--conditions=workerd,worker,browser",
  "--main-fields=browser,module,main", "--entry-names=index", "--asset-names=[name]-[hash]", "--log-level=error",
  "--loader:.txt=copy", "--loader:.html=copy", "--loader:.sql=copy", "--loader:.bin=copy", "--loader:.wasm=copy",
  "--external:node:*", "--external:cloudflare:*", "--define:process.env.NODE_ENV=\"development\"", "--allow-overwrite",
];

export function bundle(main, out, nodePath) {
  const env = { ...process.env, NODE_PATH: nodePath };
  const result = spawnSync(esbuild(), [main, `--outdir=${out}`, ...BUNDLE], { encoding: "utf8", env });
  if (result.status !== 0) throw new Error(`esbuild: ${result.stderr}`);
}

const text = (value) => JSON.stringify(value);

function moduleEntry(name) {
  const kind = /\.(txt|html|sql)$/.test(name) ? "text" : /\.bin$/.test(name) ? "data" : /\.wasm$/.test(name) ? "wasm" : "esModule";
  return `(name = ${text(name)}, ${kind} = embed ${text(name)})`;
}

function bindingEntry([name, value]) {
  return typeof value === "string" ? `(name = ${text(name)}, text = ${text(value)})` : `(name = ${text(name)}, json = ${text(JSON.stringify(value))})`;
}

/** One process, any number of scripts: [{name, main, serviceWorker, vars: {}, kv: ["NAME"], cache: bool, entrypoints: {BINDING: name}}]. Resolves to {name: port}. */
export async function workerd(t, scripts, { nodePath = join(root, "examples/node_modules") } = {}) {
  const dir = mkdtempSync(join(tmpdir(), "cusp-workerd-"));
  atEnd(t, () => rmSync(dir, { recursive: true, force: true }));
  const services = ['(name = "internet", network = (allow = ["public", "private"]))'];
  const sockets = [];
  for (const script of scripts) {
    const out = join(dir, script.name);
    bundle(script.main, out, nodePath);
    const files = readdirSync(out).filter((name) => !name.endsWith(".map"));
    files.sort((a, b) => (a === "index.js" ? -1 : b === "index.js" ? 1 : 0));
    const bindings = Object.entries(script.vars ?? {}).map(bindingEntry);
    for (const [name, entrypoint] of Object.entries(script.entrypoints ?? {})) // of itself
      bindings.push(`(name = "${name}", service = (name = ${text(script.name)}, entrypoint = "${entrypoint}"))`);
    for (const name of script.kv ?? []) {
      const { port } = await kvService(t);
      services.push(`(name = "kv-${script.name}-${name}", external = (address = "127.0.0.1:${port}", http = ()))`);
      bindings.push(`(name = "${name}", kvNamespace = "kv-${script.name}-${name}")`);
    }
    let cache = "";
    if (script.cache) {
      const { port } = await cacheService(t);
      services.push(`(name = "cache-${script.name}", external = (address = "127.0.0.1:${port}", http = (style = proxy)))`);
      cache = `, cacheApiOutbound = "cache-${script.name}"`;
    }
    const code = script.serviceWorker
      ? `serviceWorkerScript = embed ${text(`${script.name}/index.js`)}`
      : `modules = [${files.map((name) => moduleEntry(name).replace(/embed "/, `embed "${script.name}/`)).join(", ")}]`;
    services.push(
      `(name = ${text(script.name)}, worker = (${code}, compatibilityDate = "${COMPATIBILITY_DATE}", ` +
        `bindings = [${bindings.join(", ")}], globalOutbound = "internet"${cache}))`,
    );
    sockets.push(`(name = ${text(script.name)}, address = "127.0.0.1:0", http = (), service = ${text(script.name)})`);
  }
  writeFileSync(
    join(dir, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = (\n  services = [\n    ${services.join(",\n    ")}\n  ],\n  sockets = [\n    ${sockets.join(",\n    ")}\n  ]\n);\n`,
  );
  return start(t, dir, scripts.length);
}

function start(t, dir, count) {
  const child = spawn(program(), ["serve", join(dir, "config.capnp"), "--control-fd=3"], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const exited = new Promise((done) => child.on("exit", done));
  atEnd(t, async () => {
    child.kill("SIGKILL");
    await exited;
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((done, fail) => {
    const ports = {};
    let control = "";
    child.stdio[3].on("data", (chunk) => {
      control += chunk;
      const lines = control.split("\n");
      control = lines.pop();
      for (const line of lines) {
        const event = JSON.parse(line);
        if (event.event === "listen") ports[event.socket] = event.port;
      }
      if (Object.keys(ports).length === count) done(ports);
    });
    exited.then(() => fail(new Error(`workerd ended:\n${output}`)));
  });
}
