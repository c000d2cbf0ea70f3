// How each peer is started for a scenario. A peer is { start(scenario, dir, port) -> [command, ...args] | null when it can't play }.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const bin = (name) => join(here, "node_modules/.bin", name);
const worker = (name) => join(here, "workers", `${name}.js`);
const cusp = process.env.CUSP_BINARY ?? join(here, "../build/cusp");

const shim = {
  bun: (name, port) => `import w from ${JSON.stringify(worker(name))};
Bun.serve({ port: ${port}, hostname: "127.0.0.1", fetch: (r) => w.fetch(r, {}, {}) });\n`,
  deno: (name, port) => `import w from ${JSON.stringify(worker(name))};
Deno.serve({ port: ${port}, hostname: "127.0.0.1", onListen() {} }, (r) => w.fetch(r, {}, {}));\n`,
};

const write = (dir, name, text) => (mkdirSync(dir, { recursive: true }), writeFileSync(join(dir, name), text), join(dir, name));

const capnp = (name, port) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);\n`;

// Started by root, its worker would be another user, who may neither read nor write in `dir`.
const nginxUser = () => (process.getuid?.() === 0 ? "user root; " : "");
const nginxConf = (dir, port, body) => `${nginxUser()}daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f;
uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s; proxy_cache_path ${dir}/cache keys_zone=z:10m;
server { listen 127.0.0.1:${port}; ${body} } }\n`;

const nginxBodies = {
  hello: () => `location / { default_type text/plain; return 200 "Hello World\\n"; }`,
  json: () => `location / { default_type application/json; add_header x-served-by bench; add_header cache-control no-store;
    return 200 '{"path":"$uri","method":"$request_method","agent":"$http_user_agent","ok":true}'; }`,
  cache: (port) => `location / { proxy_cache z; proxy_cache_valid 200 10m; proxy_pass http://127.0.0.1:${port}/origin; }
    location /origin { default_type text/plain; return 200 "Hello World\\n"; }`,
  stream: (port, dir) => (write(dir, "1m", "a".repeat(1 << 20)), `location / { root ${dir}; rewrite ^ /1m break; }`),
};

const wrangler = (name) => `name = "${name}"\nmain = ${JSON.stringify(worker(name))}\ncompatibility_date = "2026-01-01"
${name === "kv" ? '[[kv_namespaces]]\nbinding = "KV"\nid = "bench"\n' : ""}`;

export const peers = {
  "cusp dev": {
    start(name, dir, port) {
      write(dir, "wrangler.toml", wrangler(name));
      return [cusp, "dev", dir, "--port", String(port), "--state", join(dir, "state"), "--quiet"];
    },
  },
  "cusp serve": {
    start(name, dir, port) {
      write(dir, "wrangler.toml", wrangler(name));
      const config = `state = "state"\nlisten = ["127.0.0.1:${port}"]\nthreads = 1\n
[[worker]]\nname = "${name}"\npath = ${JSON.stringify(dir)}\ndefault = true\n`;
      return [cusp, "serve", "--config", write(dir, "cusp.toml", config)];
    },
  },
  workerd: {
    start(name, dir, port) {
      if (["kv", "cache"].includes(name)) return null; // needs services that workerd alone does not have
      write(dir, "w.js", readFileSync(worker(name)));
      write(dir, "config.capnp", capnp(name, port));
      return [bin("workerd"), "serve", join(dir, "config.capnp")];
    },
  },
  bun: {
    start: (name, dir, port) => (["kv", "cache"].includes(name) ? null : [bin("bun"), write(dir, "main.js", shim.bun(name, port))]),
  },
  deno: {
    start: (name, dir, port) =>
      ["kv", "cache"].includes(name) ? null : [bin("deno"), "run", "-A", write(dir, "main.js", shim.deno(name, port))],
  },
  nginx: {
    start(name, dir, port) {
      if (!nginxBodies[name] || !existsSync("/usr/sbin/nginx")) return null;
      mkdirSync(dir, { recursive: true });
      return ["/usr/sbin/nginx", "-c", write(dir, "nginx.conf", nginxConf(dir, port, nginxBodies[name](port, dir)))];
    },
  },
};
