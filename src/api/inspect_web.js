// What console and util.inspect() show of objects of the Web APIs, whose state is private: what their accessors say.
const { ArrayPrototypePush, ObjectGetOwnPropertyDescriptor, ObjectGetPrototypeOf, ReflectApply, ReflectOwnKeys, SymbolIterator, SymbolToStringTag } =
  primordials;

// Not looked at: they make something, or load much.
const SKIPPED = { __proto__: null, body: true, byobRequest: true, DigestStream: true, fetcher: true, subtle: true };
const PAIRS = { __proto__: null, FormData: true, Headers: true, URLSearchParams: true };

function pairsOf(o, proto) {
  const d = ObjectGetOwnPropertyDescriptor(proto, SymbolIterator), pairs = [];
  if (d === undefined || typeof d.value !== 'function') return undefined;
  for (const pair of { [SymbolIterator]: () => ReflectApply(d.value, o, []) }) ArrayPrototypePush(pairs, [pair[0], pair[1]]);
  return pairs;
}

// { pairs: [[name, value]] } or { members: [[name, value]] }; undefined for an object that is none of ours.
function view(o) {
  let proto = ObjectGetPrototypeOf(o);
  if (proto === null || !internal.isShaped(proto)) return undefined;
  const tag = ObjectGetOwnPropertyDescriptor(proto, SymbolToStringTag)?.value;
  try {
    if (PAIRS[tag] === true) {
      const pairs = pairsOf(o, proto);
      return pairs === undefined ? undefined : { __proto__: null, pairs, members: undefined };
    }
    const members = [], seen = { __proto__: null };
    for (; proto !== null && internal.isShaped(proto); proto = ObjectGetPrototypeOf(proto)) {
      const keys = ReflectOwnKeys(proto);
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i], { get } = ObjectGetOwnPropertyDescriptor(proto, key);
        if (typeof key !== 'string' || get === undefined || seen[key] || SKIPPED[key] || (tag === 'Request' && key === 'signal')) continue;
        seen[key] = true;
        ArrayPrototypePush(members, [key, ReflectApply(get, o, [])]);
      }
    }
    return { __proto__: null, pairs: undefined, members };
  } catch {
    return undefined; // the prototype itself, for example
  }
}

return { view };
