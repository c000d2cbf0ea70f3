// PerformanceObserver. https://w3c.github.io/performance-timeline/#the-performanceobserver-interface
const {
  ArrayPrototypeIncludes,
  ArrayPrototypePush,
  ArrayPrototypeSplice,
  ArrayPrototypeIndexOf,
  ObjectFreeze,
  ReflectApply,
  SymbolIterator,
  TypeError,
} = primordials;
const lazy = internal.load;
const { dictionary, domString, illegalConstructor, illegalInvocation, isObject, kInternal, required } = lazy('webidl');
const timing = lazy('user_timing');

const TYPES = ObjectFreeze(['mark', 'measure']);
const supported = (type) => type === 'mark' || type === 'measure';

let listOf, stateOf;

class PerformanceObserverEntryList {
  #list;
  constructor(token = undefined, list = undefined) {
    if (token !== kInternal) throw illegalConstructor();
    this.#list = list;
  }
  static {
    listOf = (v) => {
      if (!isObject(v) || !(#list in v)) throw illegalInvocation();
      return v.#list;
    };
  }
  getEntries() {
    return timing.filter(listOf(this), undefined, undefined);
  }
  getEntriesByType(type) {
    const list = listOf(this);
    required(arguments.length, 1, 'getEntriesByType');
    return timing.filter(list, undefined, domString(type));
  }
  getEntriesByName(name, type = undefined) {
    const list = listOf(this);
    required(arguments.length, 1, 'getEntriesByName');
    name = domString(name);
    return timing.filter(list, name, type === undefined ? undefined : domString(type));
  }
}
internal.shape(PerformanceObserverEntryList, 'PerformanceObserverEntryList');

// sequence<DOMString>
function strings(v) {
  if (!isObject(v)) throw new TypeError('entryTypes is not a sequence');
  const method = v[SymbolIterator];
  if (typeof method !== 'function') throw new TypeError('entryTypes is not iterable');
  const all = [];
  for (const item of { [SymbolIterator]: () => ReflectApply(method, v, []) }) ArrayPrototypePush(all, domString(item));
  return all;
}

const registered = []; // states of the observers that observe something
let queued = false;

// One task tells all observers what has come in.
function queue() {
  if (queued) return;
  queued = true;
  lazy('core').timer(0, deliver);
}
function deliver() {
  queued = false;
  const all = [];
  for (let i = 0; i < registered.length; i++) ArrayPrototypePush(all, registered[i]);
  for (let i = 0; i < all.length; i++) {
    const s = all[i];
    if (s.buffer.length === 0) continue;
    const list = new PerformanceObserverEntryList(kInternal, s.buffer);
    const options = s.dropped === null ? {} : { droppedEntriesCount: s.dropped };
    s.buffer = [];
    s.dropped = null;
    try {
      ReflectApply(s.callback, s.observer, [list, s.observer, options]);
    } catch (e) {
      lazy('core').report(e);
    }
  }
}
function put(s, entry) {
  if (s.buffer.length < timing.MAX_ENTRIES) timing.insert(s.buffer, entry);
  else s.dropped++;
}
function notify(entry) {
  const type = timing.typeOf(entry);
  for (let i = 0; i < registered.length; i++) {
    if (!ArrayPrototypeIncludes(registered[i].types, type)) continue;
    put(registered[i], entry);
    queue();
  }
}
function register(s) {
  if (ArrayPrototypeIncludes(registered, s)) return;
  ArrayPrototypePush(registered, s);
  timing.observe({ __proto__: null, notify });
}
function remove(s) {
  const at = ArrayPrototypeIndexOf(registered, s);
  if (at >= 0) ArrayPrototypeSplice(registered, at, 1);
}

function setKind(s, kind) {
  if (s.kind !== null && s.kind !== kind)
    throw new (lazy('domexception').DOMException)('An observer takes entryTypes or type, not both in turn', 'InvalidModificationError');
  s.kind = kind;
}
function observeMany(s, entryTypes) {
  const types = [];
  for (let i = 0; i < entryTypes.length; i++)
    if (supported(entryTypes[i]) && !ArrayPrototypeIncludes(types, entryTypes[i])) ArrayPrototypePush(types, entryTypes[i]);
  if (types.length === 0) return;
  s.types = types;
  register(s);
}
function observeOne(s, type, buffered) {
  if (!supported(type)) return;
  if (!ArrayPrototypeIncludes(s.types, type)) ArrayPrototypePush(s.types, type);
  register(s);
  if (!buffered) return;
  const old = timing.entries(undefined, type);
  for (let i = 0; i < old.length; i++) put(s, old[i]);
  if (old.length > 0) queue();
}

class PerformanceObserver {
  #s;
  constructor(callback) {
    required(arguments.length, 1, 'PerformanceObserver');
    if (typeof callback !== 'function') throw new TypeError('PerformanceObserver: the callback is not a function');
    this.#s = { __proto__: null, observer: this, callback, kind: null, types: [], buffer: [], dropped: 0 };
  }
  static {
    stateOf = (v) => {
      if (!isObject(v) || !(#s in v)) throw illegalInvocation();
      return v.#s;
    };
  }
  static get supportedEntryTypes() {
    return TYPES;
  }
  observe(options = undefined) {
    const s = stateOf(this), init = dictionary(options, 'The observer options');
    let buffered, entryTypes, type;
    if (init !== undefined) {
      ({ buffered, entryTypes, type } = init);
      if (entryTypes !== undefined) entryTypes = strings(entryTypes);
      if (type !== undefined) type = domString(type);
    }
    if (entryTypes === undefined && type === undefined) throw new TypeError('observe: neither entryTypes nor type is given');
    if (entryTypes !== undefined && (type !== undefined || buffered !== undefined))
      throw new TypeError('observe: entryTypes goes with no other option');
    setKind(s, entryTypes === undefined ? 'single' : 'multiple');
    if (entryTypes === undefined) observeOne(s, type, !!buffered);
    else observeMany(s, entryTypes);
  }
  disconnect() {
    const s = stateOf(this);
    remove(s);
    s.buffer = [];
    s.types = [];
  }
  takeRecords() {
    const s = stateOf(this), { buffer } = s;
    s.buffer = [];
    return buffer;
  }
}
internal.shape(PerformanceObserver, 'PerformanceObserver');

return { PerformanceObserver, PerformanceObserverEntryList };
