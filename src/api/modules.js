// Several modules of code in one Worker: which runs when. A record for each, by its index in the version:
//
//   ns, module, end, require   js_module_begin() in js/modules.h
//   begun                      its body has begun to run
//   pending                    a promise that it, and what it imports, has run; null: it has
//   failed, error              it threw, or what it imports did
const {
  ArrayPrototypePush, Error, Promise, PromiseAll, PromisePrototypeThen, PromiseReject, PromiseResolve, Set, SetPrototypeAdd,
  SetPrototypeClear, SetPrototypeDelete, SetPrototypeForEach, SetPrototypeGetSize,
} = primordials;
const { imports, find, begin } = natives;

const records = [];

// Runs it unless that was done; dependencies first, in order. What awaits at its top level holds up those that import it.
function load(index) {
  if (records[index] !== undefined) return records[index];
  const record = (records[index] = {
    __proto__: null, index, ns: undefined, module: undefined, end: undefined, begun: false, pending: null, failed: false, error: undefined,
    require: (specifier) => required(specifier, index),
  });
  const waits = [];
  try {
    const needed = imports(index);
    for (let i = 0; i < needed.length; i++) {
      const other = load(needed[i]);
      if (other.failed) return fail(record, other.error);
      if (other.pending !== null) ArrayPrototypePush(waits, other.pending);
    }
  } catch (e) {
    return fail(record, e);
  }
  if (waits.length === 0) run(record);
  else
    record.pending = PromisePrototypeThen(PromiseAll(waits), () => {
      record.pending = null;
      run(record);
      return record.pending === null ? settle(record) : record.pending;
    }, (e) => {
      record.pending = null;
      fail(record, e);
      throw e;
    });
  if (record.pending !== null) PromisePrototypeThen(record.pending, undefined, () => {}); // who imports it is told
  return record;
}
function fail(record, error) {
  record.failed = true;
  record.error = error;
  return record;
}
function settle(record) {
  if (record.failed) throw record.error;
}
function run(record) {
  if (record.begun) return;
  record.begun = true;
  try {
    begin(record.index, record);
  } catch (e) {
    fail(record, e);
    return;
  }
  if (record.end !== undefined)
    record.pending = PromisePrototypeThen(record.end, () => {
      record.pending = null;
    }, (e) => {
      record.pending = null;
      fail(record, e);
      throw e;
    });
}

// For a static import: what it imports has been loaded before, except in a cycle.
function get(index) {
  const record = load(index);
  if (record.failed) throw record.error;
  if (!record.begun && record.pending === null) run(record);
  if (record.failed) throw record.error;
  if (record.ns === undefined && record.module === undefined) throw new Error("A module is imported in a cycle before it can run.");
  return record.ns;
}

// For import(): a promise when it still awaits something. When nothing is left that could settle what it awaits, it fails.
const unsettled = new Set(); // functions that reject
internal.onHung = () => {
  if (SetPrototypeGetSize(unsettled) === 0) return false;
  SetPrototypeForEach(unsettled, (fail) => fail(new Error("Top-level await in module is unsettled.")));
  SetPrototypeClear(unsettled);
  return true;
};
function loadDynamic(index) {
  const record = load(index);
  if (record.pending !== null)
    return new Promise((ok, fail) => {
      SetPrototypeAdd(unsettled, fail);
      const settled = () => SetPrototypeDelete(unsettled, fail);
      PromisePrototypeThen(record.pending, () => (settled(), ok(record.ns)), (e) => (settled(), fail(e)));
    });
  if (record.failed) throw record.error;
  return record.ns;
}
const main = (index) => {
  try {
    return PromiseResolve(loadDynamic(index));
  } catch (e) {
    return PromiseReject(e);
  }
};

// For require(): {value}, or undefined when it is no module of code.
function required(specifier, importer) {
  const index = find(specifier, importer);
  if (index < 0) return undefined;
  const record = load(index);
  if (record.failed) throw record.error;
  if (record.pending !== null) throw new Error("Top-level await in module is unsettled.");
  if (record.module !== undefined) return { __proto__: null, value: record.module.exports };
  if (!record.begun) run(record);
  return { __proto__: null, value: record.ns };
}

return { main, get, load: loadDynamic };
