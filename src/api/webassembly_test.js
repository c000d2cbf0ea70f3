// WebAssembly as a Worker sees it. It could pass wrongly if the module were not metered: then its import below fails, because
// the built-in makes no module of bytes without the hidden export.
const { default: module } = await import("control.wasm");
const WA = WebAssembly;
const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
const refused = (what) => `WebAssembly.${what}(): Wasm code generation disallowed by embedder`;

test("code generation is refused with workerd's words", async () => {
  for (const arg of [bytes, bytes.buffer, new DataView(bytes.buffer)]) {
    const e = assertThrows(() => new WA.Module(arg), WA.CompileError);
    assertEq(e.message, refused("Module"));
  }
  assertThrows(() => WA.Module(bytes), TypeError);
  for (const arg of [undefined, "x", {}]) assertThrows(() => new WA.Module(arg), TypeError);
  assertEq((await assertRejects(WA.compile(bytes), WA.CompileError)).message, refused("compile"));
  assertEq((await assertRejects(WA.instantiate(bytes), WA.CompileError)).message, refused("instantiate"));
  assertEq((await assertRejects(WA.instantiate("x"), TypeError)).message, "WebAssembly.instantiate(): Argument 0 must be a buffer source or a WebAssembly.Module object");
  assertEq(WA.validate(bytes), true);
  assertEq(WA.validate(new Uint8Array(5)), false);
  assertEq("compileStreaming" in WA, false);
});
test("a module's constructor is not the engine's", () => {
  assertEq(module.constructor, WA.Module);
  assertThrows(() => new module.constructor(bytes), WA.CompileError);
  assertThrows(() => Reflect.construct(module.constructor, [bytes], Object), WA.CompileError);
  assert(module instanceof WA.Module);
});
test("hidden exports are hidden", () => {
  const names = WA.Module.exports(module).map((x) => x.name);
  assertEq(names.join(), "g,t,m,fac,even,table_of_branches,loop_with_parameters,counted,return_from_loop,never_back,dead_code,indirect,wrong_signature,trap,deep");
  const e = new WA.Instance(module).exports;
  assertEq(Reflect.ownKeys(e).sort().join(), names.sort().join());
  assert(Object.isFrozen(e) && Object.getPrototypeOf(e) === null);
});
test("exports are one object, and the getter is on the prototype", async () => {
  const i = await WA.instantiate(module);
  assert(i instanceof WA.Instance && i.exports === i.exports);
  const d = Object.getOwnPropertyDescriptor(WA.Instance.prototype, "exports");
  assertEq([d.enumerable, d.configurable, d.set, d.get.name].join(), "true,true,,get exports");
  assertThrows(() => d.get.call({}), TypeError);
  assertEq(Reflect.ownKeys(i).length, 0);
  class Mine extends WA.Instance {}
  assert(new Mine(module) instanceof Mine && new Mine(module).exports.fac(5n) === 120n);
});
test("the start function has run", () => {
  assertEq(new WA.Instance(module).exports.g.value, 8);
});
test("what the Worker replaces does not reach the check", () => {
  const saved = { call: Function.prototype.call, apply: Function.prototype.apply, set: WA.Table.prototype.set, get: WA.Table.prototype.get, map: WeakMap.prototype.get };
  let seen = 0;
  const spy = () => { seen++; };
  Function.prototype.call = Function.prototype.apply = WA.Table.prototype.set = WA.Table.prototype.get = WeakMap.prototype.get = spy;
  Object.defineProperty(Object.prototype, "cusp:0:check", { set: spy, get: spy, configurable: true });
  Object.defineProperty(Object.prototype, "h", { get: spy, configurable: true });
  let fac;
  try {
    fac = new WA.Instance(module).exports.fac(20n);
    const { deep } = new WA.Instance(module).exports;
    for (let n = 0; n < 3000; n++) deep(1023); // 60 million instructions: the check runs a hundred times
  } finally {
    Object.assign(Function.prototype, { call: saved.call, apply: saved.apply });
    Object.assign(WA.Table.prototype, { set: saved.set, get: saved.get });
    WeakMap.prototype.get = saved.map;
    delete Object.prototype["cusp:0:check"];
    delete Object.prototype.h;
  }
  assertEq(fac, 2432902008176640000n);
  assertEq(seen, 0);
});
test("functions, tables and memories pass between instances", () => {
  const one = new WA.Instance(module).exports, two = new WA.Instance(module).exports;
  one.t.set(3, two.fac);
  assertEq(one.t.get(3), two.fac);
  assertEq(one.t.get(3)(6n), 720n);
  assertThrows(() => one.t.set(0, () => 1), TypeError);
  assertEq(new Uint8Array(one.m.buffer)[8], "s".charCodeAt(0));
});
test("memories and tables have a ceiling", () => {
  assertEq(new WA.Memory({ initial: 1 }).grow(2047), 1);
  assertThrows(() => new WA.Memory({ initial: 1 }).grow(2048), RangeError);
  assertThrows(() => new WA.Memory({ initial: 2049 }), RangeError);
  assertThrows(() => new WA.Memory({ initial: 5, maximum: 4 }), RangeError);
  assertThrows(() => new WA.Memory({ initial: -1 }), TypeError);
  assertThrows(() => new WA.Memory({}), TypeError);
  assertThrows(() => new WA.Memory(), TypeError);
  assertThrows(() => new WA.Table({ element: "anyfunc", initial: 1000001 }), RangeError);
  const t = new WA.Table({ element: "anyfunc", initial: 2 });
  assertEq(t.length, 2);
  assertThrows(() => t.grow(1000000), RangeError);
  const m = new WA.Memory({ initial: 1, maximum: 65536 });
  assert(m instanceof WA.Memory && m.constructor === WA.Memory);
  assertThrows(() => new WA.Instance(module).exports.m.grow(2048), RangeError);
});
test("a module is the source of a module", () => {
  const Source = Object.getPrototypeOf(WA.Module), tag = Object.getOwnPropertyDescriptor(Source.prototype, Symbol.toStringTag).get;
  assertEq(Source.name, "AbstractModuleSource");
  assertEq(Object.getPrototypeOf(WA.Module.prototype), Source.prototype);
  assertEq(tag.call(module), "WebAssembly.Module");
  assertEq(tag.call({}), undefined);
  assertThrows(() => new Source(), TypeError);
});
test("errors of imports and arguments", async () => {
  assertThrows(() => new WA.Instance(module, 5), TypeError);
  assertThrows(() => new WA.Instance({}), TypeError);
  assertThrows(() => WA.Instance(module), TypeError);
  await assertRejects(WA.instantiate(module, 5), TypeError);
  assertThrows(() => WA.Module.exports({}), TypeError);
  assertEq(WA.Module.customSections(module, "name").length, 0);
  assertThrows(() => new WA.Instance(module).exports.wrong_signature(), WA.RuntimeError);
});
