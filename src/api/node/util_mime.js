// util.MIMEType. https://nodejs.org/api/util.html#class-utilmimetype  and the MIME Sniffing standard, section 4
const lazy = internal.load;
const errors = () => lazy("node/errors");
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const bad = (what, input, at = undefined) =>
  errors().typeError("ERR_INVALID_MIME_SYNTAX", `The MIME syntax for a ${what} in ${JSON.stringify(input)} is invalid${at === undefined ? "" : ` at ${at}`}`);

class MIMEParams {
  #map = new Map();
  get(name) { return this.#map.get(`${name}`) ?? null; }
  has(name) { return this.#map.has(`${name}`); }
  delete(name) { this.#map.delete(`${name}`); }
  set(name, value) {
    name = `${name}`;
    value = `${value}`;
    if (!TOKEN.test(name)) throw bad("parameter name", name);
    if (!VALUE.test(value)) throw bad("parameter value", value);
    this.#map.set(name, value);
  }
  *entries() { yield* this.#map.entries(); }
  *keys() { yield* this.#map.keys(); }
  *values() { yield* this.#map.values(); }
  [Symbol.iterator]() { return this.entries(); }
  toString() {
    const parts = [];
    for (const [name, value] of this.#map) parts.push(`${name}=${value !== "" && TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`);
    return parts.join("; ");
  }
  toJSON() { return this.toString(); }
  static parse(params, text) {
    let i = 0;
    while (i < text.length) {
      while (i < text.length && /[\t\n\r ]/.test(text[i])) i++;
      const start = i;
      while (i < text.length && text[i] !== ";" && text[i] !== "=") i++;
      const name = text.slice(start, i).toLowerCase();
      let value;
      if (text[i] === "=") {
        i++;
        if (text[i] === '"') {
          value = "";
          for (i++; i < text.length && text[i] !== '"'; i++) {
            if (text[i] === "\\" && i + 1 < text.length) i++;
            value += text[i];
          }
          while (i < text.length && text[i] !== ";") i++;
        } else {
          const from = i;
          while (i < text.length && text[i] !== ";") i++;
          value = text.slice(from, i).replace(/[\t\n\r ]+$/, "") || undefined;
        }
      }
      i++;
      if (value !== undefined && TOKEN.test(name) && VALUE.test(value) && !params.#map.has(name)) params.#map.set(name, value);
    }
  }
}
const { parse } = MIMEParams;
delete MIMEParams.parse;

class MIMEType {
  #type;
  #subtype;
  #params = new MIMEParams();
  constructor(input) {
    input = `${input}`;
    const text = input.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, ""), slash = text.indexOf("/");
    if (slash < 0 || !TOKEN.test(text.slice(0, slash))) throw bad("type", input, slash < 0 ? undefined : 0);
    const semicolon = text.indexOf(";", slash), subtype = text.slice(slash + 1, semicolon < 0 ? undefined : semicolon).replace(/[\t\n\r ]+$/, "");
    if (!TOKEN.test(subtype)) throw bad("subtype", input, slash + 1);
    this.#type = text.slice(0, slash).toLowerCase();
    this.#subtype = subtype.toLowerCase();
    if (semicolon >= 0) parse(this.#params, text.slice(semicolon + 1));
  }
  get type() { return this.#type; }
  set type(v) {
    v = `${v}`;
    if (!TOKEN.test(v)) throw bad("type", v);
    this.#type = v.toLowerCase();
  }
  get subtype() { return this.#subtype; }
  set subtype(v) {
    v = `${v}`;
    if (!TOKEN.test(v)) throw bad("subtype", v);
    this.#subtype = v.toLowerCase();
  }
  get essence() { return `${this.#type}/${this.#subtype}`; }
  get params() { return this.#params; }
  toString() {
    const params = this.#params.toString();
    return params === "" ? this.essence : `${this.essence};${params}`;
  }
  toJSON() { return this.toString(); }
}
for (const [C, names] of [[MIMEType, ["type", "subtype", "essence", "params", "toString", "toJSON"]], [MIMEParams, ["get", "has", "delete", "set", "entries", "keys", "values", "toString", "toJSON"]]])
  for (const name of names) Object.defineProperty(C.prototype, name, { __proto__: null, enumerable: true });
return { MIMEType, MIMEParams };
