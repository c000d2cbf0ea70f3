// Runs what a docs page says. A fenced `sh` block that starts servers (`cusp dev ...`) names them; every other one is a command, and the
// fenced block behind it is what it prints. "..." in it stands for anything within a line.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** {servers: [{example, port}], steps: [{command, expected}]} */
export function readPage(path) {
  const lines = readFileSync(path, "utf8").split("\n");
  const blocks = [];
  for (let i = 0; i < lines.length; i++) {
    const open = /^```(\w*)$/.exec(lines[i]);
    if (!open) continue;
    const from = i + 1;
    while (++i < lines.length && lines[i] !== "```");
    blocks.push({ kind: open[1] || "text", text: lines.slice(from, i).join("\n"), from, to: i });
  }
  const servers = [];
  const steps = [];
  blocks.forEach((block, i) => {
    if (block.kind !== "sh") return;
    const server = /^cusp dev examples\/([\w-]+)(?: --port (\d+))?$/.exec(block.text);
    if (server) return servers.push({ example: server[1], port: Number(server[2] ?? 8787) });
    const next = blocks[i + 1];
    const follows = next && next.kind !== "sh" && lines.slice(block.to + 1, next.from - 1).every((line) => !line.trim());
    steps.push({ command: block.text, expected: follows ? next.text : null });
  });
  return { servers, steps };
}

/** Runs a command of the page; `ports` maps the ports that the page names to the real ones. */
export function runStep({ command }, ports) {
  const real = command.replace(/localhost:(\d+)/g, (_, port) => `127.0.0.1:${ports[port]}`);
  return new Promise((done) => {
    const child = spawn("bash", ["-c", real], { stdio: ["ignore", "pipe", "ignore"] });
    let out = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.on("close", () => done(out));
  });
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export function expectedPattern(expected) {
  const lines = expected.trimEnd().split("\n").map((line) => line.trimEnd().split("...").map(escape).join("[^\\n]*"));
  return new RegExp(`^${lines.join(" *\\r?\\n")}\\s*$`);
}
