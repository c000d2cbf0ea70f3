// The shape that Web IDL gives each interface: descriptors, names and lengths of members, what refuses to be called or made,
// brand checks. Could pass wrongly if a row were skipped: an absent class or member is a failure, and rows are counted.
//
// A row: name, length of the constructor (X: it refuses), what it inherits from, members. `a-` a read-only attribute, `a` one
// that can be set, `f2` a method that needs two arguments, `s:` static, `cN=1` a constant, `iter=f` the iterator is f.
const ROWS = `
Headers 0 | append2 delete1 get1 getSetCookie0 has1 set2 entries0 keys0 values0 forEach1 iter=entries
Request 1 | method- url- headers- redirect- signal- body- bodyUsed- clone0 arrayBuffer0 blob0 bytes0 formData0 json0 text0 cache- integrity- keepalive-
Response 0 | type- url- redirected- status- ok- statusText- headers- clone0 body- bodyUsed- arrayBuffer0 blob0 bytes0 formData0 json0 text0 s:error0 s:redirect1 s:json1
FormData 0 | append2 delete1 get1 getAll1 has1 set2 entries0 keys0 values0 forEach1 iter=entries
Blob 0 | size- type- slice0 stream0 text0 arrayBuffer0 bytes0
File 2 < Blob | name- lastModified-
FileReader 0 < EventTarget | readAsArrayBuffer1 readAsBinaryString1 readAsText1 readAsDataURL1 abort0 readyState- result- error- onloadstart onprogress onload onabort onerror onloadend cEMPTY=0 cLOADING=1 cDONE=2
ProgressEvent 1 < Event | lengthComputable- loaded- total-
URL 1 | href origin- protocol username password host hostname port pathname search searchParams- hash toJSON0 toString0 s:canParse1 s:parse1 s:createObjectURL1 s:revokeObjectURL1
URLSearchParams 0 | size- append2 delete1 get1 getAll1 has1 set2 sort0 toString0 entries0 keys0 values0 forEach1 iter=entries
URLPattern 0 | test0 exec0 protocol- username- password- hostname- port- pathname- search- hash- hasRegExpGroups-
Event 1 | type- target- srcElement- currentTarget- composedPath0 eventPhase- stopPropagation0 cancelBubble stopImmediatePropagation0 bubbles- cancelable- returnValue preventDefault0 defaultPrevented- composed- timeStamp- initEvent1 cNONE=0 cCAPTURING_PHASE=1 cAT_TARGET=2 cBUBBLING_PHASE=3
CustomEvent 1 < Event | detail- initCustomEvent1
EventTarget 0 | addEventListener2 removeEventListener2 dispatchEvent1
AbortController 0 | signal- abort0
AbortSignal X < EventTarget | aborted- reason- throwIfAborted0 onabort s:abort0 s:timeout1 s:any1
ErrorEvent 1 < Event | message- filename- lineno- colno- error-
PromiseRejectionEvent 2 < Event | promise- reason-
MessageEvent 1 < Event | data- origin- lastEventId- source- ports- initMessageEvent1
CloseEvent 1 < Event | wasClean- code- reason-
MessageChannel 0 | port1- port2-
MessagePort X < EventTarget | postMessage1 start0 close0 onmessage onmessageerror onclose
BroadcastChannel 1 < EventTarget | name- postMessage1 close0 onmessage onmessageerror
DOMException 0 | name- message- code- cINDEX_SIZE_ERR=1 cDATA_CLONE_ERR=25
TextEncoder 0 | encoding- encode0 encodeInto2
TextDecoder 0 | encoding- fatal- ignoreBOM- decode0
TextEncoderStream 0 | encoding- readable- writable-
TextDecoderStream 0 | encoding- fatal- ignoreBOM- readable- writable-
CompressionStream 1 | readable- writable-
DecompressionStream 1 | readable- writable-
ReadableStream 0 | locked- cancel0 getReader0 pipeThrough1 pipeTo1 tee0 values0 s:from1 aiter=values
ReadableStreamDefaultReader 1 | closed- cancel0 read0 releaseLock0
ReadableStreamBYOBReader 1 | closed- cancel0 read1 releaseLock0
ReadableStreamDefaultController X | desiredSize- close0 enqueue0 error0
ReadableByteStreamController X | byobRequest- desiredSize- close0 enqueue1 error0
ReadableStreamBYOBRequest X | view- respond1 respondWithNewView1
WritableStream 0 | locked- abort0 close0 getWriter0
WritableStreamDefaultWriter 1 | closed- desiredSize- ready- abort0 close0 releaseLock0 write0
WritableStreamDefaultController X | signal- error0
TransformStream 0 | readable- writable-
TransformStreamDefaultController X | desiredSize- enqueue0 error0 terminate0
ByteLengthQueuingStrategy 1 | highWaterMark- size-
CountQueuingStrategy 1 | highWaterMark- size-
Crypto X | subtle- getRandomValues1 randomUUID0
SubtleCrypto X | encrypt3 decrypt3 sign3 verify4 digest2 generateKey3 deriveKey5 deriveBits2 importKey5 exportKey2 wrapKey4 unwrapKey7
CryptoKey X | type- extractable- algorithm- usages-
Performance X < EventTarget | now0 timeOrigin- toJSON0 mark1 clearMarks0 measure1 clearMeasures0 getEntries0 getEntriesByType1 getEntriesByName1 clearResourceTimings0 setResourceTimingBufferSize1
PerformanceEntry X | name- entryType- startTime- duration- toJSON0
PerformanceMark 1 < PerformanceEntry | detail-
PerformanceMeasure X < PerformanceEntry | detail-
PerformanceObserver 1 | observe0 disconnect0 takeRecords0 s:supportedEntryTypes-
PerformanceObserverEntryList X | getEntries0 getEntriesByType1 getEntriesByName1
WebSocket 1 < EventTarget | url- readyState- bufferedAmount- onopen onerror onclose extensions- protocol- close0 onmessage binaryType send1 cCONNECTING=0 cOPEN=1 cCLOSING=2 cCLOSED=3
EventSource 1 < EventTarget | url- withCredentials- readyState- onopen onmessage onerror close0 cCONNECTING=0 cOPEN=1 cCLOSED=2
Cache X | match1 put2 delete1
CacheStorage X | open1
Navigator X | userAgent- hardwareConcurrency- language- languages- onLine-
QuotaExceededError 0 < DOMException | quota- requested-
`;
const described = Object.getOwnPropertyDescriptor;
const bad = [];
const ok = (holds, what) => holds || bad.push(what);

function interfaceObject(C, name, length, parent) {
  const d = described(globalThis, name), made = described(C, "prototype"), up = described(C.prototype, "constructor");
  ok(d.writable && d.configurable && !d.enumerable, `${name}: descriptor`);
  ok(C.name === name && C.length === (length === "X" ? 0 : +length), `${name}: name ${C.name}, length ${C.length}`);
  ok(!made.writable && !made.configurable && !made.enumerable, `${name}.prototype: descriptor`);
  ok(up.value === C && up.writable && up.configurable && !up.enumerable, `${name}.prototype.constructor`);
  const tag = described(C.prototype, Symbol.toStringTag);
  ok(tag?.value === name && !tag.writable && tag.configurable && !tag.enumerable, `${name}: toStringTag`);
  ok(Object.getPrototypeOf(C) === (parent ?? Function.prototype), `${name}: inherits from another class`);
  const above = parent?.prototype ?? (name === "DOMException" ? Error : Object).prototype;
  ok(Object.getPrototypeOf(C.prototype) === above, `${name}.prototype: inherits from something else`);
  refuses(() => C(), `${name}()`);
  if (length !== "0") refuses(() => new C(), `new ${name}()`);
}
function refuses(f, what) {
  try {
    const r = f();
    if (r instanceof Promise) r.then(() => bad.push(`${what} resolves`), (e) => ok(e instanceof TypeError, `${what} rejects with ${e}`));
    else bad.push(`${what} does not throw`);
  } catch (e) {
    ok(e instanceof TypeError, `${what} throws ${e}`);
  }
}
function constant(C, name, value, what) {
  for (const holder of [C, C.prototype]) {
    const d = described(holder, name);
    ok(d?.value === value && !d.writable && d.enumerable && !d.configurable, what);
  }
}
function attribute(holder, name, readOnly, isStatic, what) {
  const d = described(holder, name);
  if (d?.get === undefined) return bad.push(`${what} is no attribute`);
  ok(d.enumerable && d.configurable, `${what}: descriptor`);
  ok(d.get.name === `get ${name}` && d.get.length === 0, `${what}: getter`);
  ok(readOnly ? d.set === undefined : d.set?.name === `set ${name}` && d.set.length === 1, `${what}: setter`);
  if (!isStatic) for (const other of [{}, holder]) refuses(() => d.get.call(other), `${what} of another object`);
}
function method(C, holder, name, length, what) {
  const d = described(holder, name), f = d?.value;
  if (typeof f !== "function") return bad.push(`${what} is no method`);
  ok(d.writable && d.enumerable && d.configurable, `${what}: descriptor`);
  ok(f.name === name && f.length === length && !("prototype" in f), `${what}: name ${f.name}, length ${f.length}`);
  if (holder === C) return length > 0 && refuses(() => f.call(C), `${what} without arguments`);
  if (C !== EventTarget) refuses(() => f.call({}, ...Array(length).fill({})), `${what} of another object`); // undefined: the global
}
function member(C, name, text) {
  const [, special, alone] = /^(iter|aiter)=(.*)$/.exec(text) ?? [];
  if (special) {
    const d = described(C.prototype, special === "iter" ? Symbol.iterator : Symbol.asyncIterator);
    return ok(d?.value === C.prototype[alone] && d.writable && d.configurable && !d.enumerable, `${name}: ${special}`);
  }
  const [, fixed, value] = /^c(\w+)=(\d+)$/.exec(text) ?? [];
  if (fixed) return constant(C, fixed, +value, `${name}.${fixed}`);
  const isStatic = text.startsWith("s:"), plain = isStatic ? text.slice(2) : text, holder = isStatic ? C : C.prototype;
  const [, called, length] = /^(\w+?)(\d)$/.exec(plain) ?? [];
  if (called) method(C, holder, called, +length, `${name}.${called}()`);
  else attribute(holder, plain.replace("-", ""), plain.endsWith("-"), isStatic, `${name}.${plain}`);
}

test("every interface has the shape of Web IDL", async () => {
  const rows = ROWS.trim().split("\n");
  for (const row of rows) {
    const [head, members] = row.split(" | "), [name, length, , parent] = head.split(" ");
    const C = globalThis[name];
    if (typeof C !== "function") bad.push(`${name} is absent`);
    else {
      interfaceObject(C, name, length, parent && globalThis[parent]);
      for (const text of members.split(" ")) member(C, name, text);
    }
  }
  await new Promise((done) => setTimeout(done, 1)); // for what rejects
  assertDeepEq(bad, []);
  assertEq(rows.length, 58);
});
test("functions of the global, and console as a namespace", () => {
  const lengths = {
    __proto__: null, atob: 1, btoa: 1, clearInterval: 0, clearTimeout: 0, fetch: 1, queueMicrotask: 1, reportError: 1, setInterval: 1, setTimeout: 1,
    structuredClone: 1,
  };
  for (const name in lengths) {
    const d = described(globalThis, name);
    assert(d.writable && d.enumerable && d.configurable, name);
    assertDeepEq([d.value.name, d.value.length, "prototype" in d.value], [name, lengths[name], false]);
  }
  assertEq(described(globalThis, "console").enumerable, false);
  assertEq(Object.prototype.toString.call(console), "[object console]");
  for (const name of ["assert", "clear", "count", "countReset", "debug", "dir", "dirxml", "error", "group", "groupCollapsed", "groupEnd", "info", "log", "table",
    "time", "timeEnd", "timeLog", "trace", "warn"]) {
    const d = described(console, name);
    assert(d.writable && d.enumerable && d.configurable && !("prototype" in d.value), name);
    assertEq(d.value.length, 0, name);
  }
});
