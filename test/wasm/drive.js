// Calls everything that a module exports and writes down all that can be seen of it, for `wasm_run --compare`: the metered
// module must give the same text as the original. Imports are made up from what the module asks for.
const lines = [], fold = (text) => { let h = 0; for (let i = 0; i < text.length; i++) h = (h * 31 + text.charCodeAt(i)) | 0; return h; };
const show = (v) => {
  if (typeof v === "bigint") return `${v}n`;
  if (typeof v === "number") return Object.is(v, -0) ? "-0" : `${v}`;
  if (Array.isArray(v)) return `[${v.map(show)}]`;
  if (typeof v === "function") return "function";
  return v === null ? "null" : typeof v === "object" ? "object" : String(v);
};
const said = (e) => (WebAssembly.Exception && e instanceof WebAssembly.Exception ? "exception" : `${e?.name}: ${String(e?.message).replace(/wasm-function\[\d+\]|\(evaluating .*/g, "")}`);

const imports = {}, calls = { count: 0 };
const want = WebAssembly.Module.imports($module);
for (const { module, name, kind, type } of want) {
  const space = (imports[module] ??= {});
  const zero = (t) => (t === "i64" ? 3n : t === "externref" || t === "funcref" ? null : 3);
  const results = type?.results ?? [];
  if (kind === "function") space[name] = (...args) => { if (calls.count++ < 50) lines.push(`import ${module}.${name}(${args.map(show)})`); return results.length > 1 ? results.map(zero) : results.length ? zero(results[0]) : undefined; };
  if (kind === "memory") space[name] = new WebAssembly.Memory({ initial: type?.minimum ?? 1, maximum: type?.maximum ?? 100 });
  if (kind === "table") space[name] = new WebAssembly.Table({ initial: type?.minimum ?? 10, maximum: type?.maximum, element: type?.element ?? "anyfunc" });
  if (kind === "global") space[name] = new WebAssembly.Global({ value: type?.value ?? "i32", mutable: type?.mutable ?? false }, type?.value === "i64" ? 5n : type?.value === "externref" ? undefined : 5);
  if (kind === "tag") space[name] = new WebAssembly.Tag({ parameters: type?.parameters ?? [] });
}

// Programs take how much they shall do; others take anything.
const numbers = /kernels|program/.test($name) ? [0, 1, 2, 3] : [0, 1, 5, 37, -1, 2.5];
function sets(fn, types) {
  const n = fn.length, all = [];
  for (let i = 0; i < numbers.length; i++) {
    const values = [];
    for (let k = 0; k < n; k++) {
      const v = numbers[(i + k) % numbers.length], t = types?.[k];
      values.push(t === "i64" ? BigInt(Math.trunc(v)) : t === undefined || /^[if]\d/.test(t) ? v : null);
    }
    all.push(values);
    if (n === 0) break;
  }
  return all;
}
const depth = (o) => Object.keys(o).sort();

try {
  const instance = new WebAssembly.Instance($module, imports), e = instance.exports;
  lines.push(`exports ${depth(e)} ${Object.isFrozen(e)} ${Object.getPrototypeOf(e)}`);
  lines.push(WebAssembly.Module.exports($module).map((x) => `${x.name}:${x.kind}`).join());
  const types = {};
  for (const x of WebAssembly.Module.exports($module)) types[x.name] = x.type?.parameters;
  for (let round = 0; round < 2; round++)
    for (const name of depth(e)) {
      const v = e[name];
      if (typeof v === "function")
        for (const args of sets(v, types[name])) {
          let result;
          try { result = show(v(...args)); } catch (err) { result = said(err); }
          lines.push(`${name}(${args.map(show)}) = ${result}`);
        }
      else if (v instanceof WebAssembly.Memory) {
        const bytes = new Uint8Array(v.buffer);
        let h = 0;
        for (let i = 0; i < bytes.length; i++) h = (h * 31 + bytes[i]) | 0;
        lines.push(`${name} ${bytes.length} ${h}`);
      } else if (v instanceof WebAssembly.Global) {
        try { lines.push(`${name} ${show(v.value)}`); } catch (err) { lines.push(`${name} ${said(err)}`); }
      } else if (v instanceof WebAssembly.Table) {
        const entries = [];
        for (let i = 0; i < Math.min(v.length, 20); i++) { try { entries.push(show(v.get(i))); } catch (err) { entries.push(said(err)); } }
        lines.push(`${name} ${v.length} ${entries}`);
      } else lines.push(`${name} ${typeof v}`);
    }
} catch (err) {
  lines.push(`instantiation: ${said(err)}`);
}
$result = `${lines.length} lines ${fold(lines.join("\n"))}\n${lines.slice(0, 400).join("\n")}`;
