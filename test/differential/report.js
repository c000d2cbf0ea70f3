// What fixtures answer with: each case's value, or the name of what it threw, as JSON. Messages of engine errors differ between
// engines, so only names are compared, unless a fixture asks for messages.
const describe = (value) => {
  if (value === undefined) return "undefined";
  if (typeof value === "number" && !Number.isFinite(value)) return `number ${value}`;
  if (Object.is(value, -0)) return "number -0";
  if (typeof value === "bigint") return `bigint ${value}`;
  if (typeof value === "symbol" || typeof value === "function") return `${typeof value} ${String(value.name ?? value.description)}`;
  if (value instanceof Headers) return { headers: [...value] };
  if (value instanceof URLSearchParams) return { params: [...value] };
  if (value instanceof URL) return { url: value.href };
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
  if (ArrayBuffer.isView(value)) return { [value.constructor.name]: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] };
  if (value instanceof Date) return { date: value.getTime() };
  if (value instanceof RegExp) return { regexp: String(value) };
  if (value instanceof Error) return { error: value.name, own: Object.keys(value) };
  if (value instanceof Map) return { map: [...value].map(([k, v]) => [describe(k), describe(v)]) };
  if (value instanceof Set) return { set: [...value].map(describe) };
  if (Array.isArray(value)) return value.map(describe);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, describe(v)]));
  return value;
};

export async function report(cases, { messages = false } = {}) {
  const result = {};
  for (const [name, run] of Object.entries(cases)) {
    try {
      result[name] = describe(await run());
    } catch (error) {
      result[name] = { throws: error?.name ?? String(error), ...(error instanceof DOMException && { dom: error.code }) };
      if (messages) result[name].message = error?.message;
    }
  }
  return Response.json(result);
}

export const cases = (list, options) => ({ fetch: () => report(list, options) });
