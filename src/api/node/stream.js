// node:stream. The classes are in stream_readable, stream_writable, stream_duplex.
const base = internal.load("node/stream_base");
const { Stream } = base;
const { Readable } = internal.load("node/stream_readable");
const { Writable } = internal.load("node/stream_writable");
const { Duplex, Transform, PassThrough, duplexPair } = internal.load("node/stream_duplex");
const { eos, finished, addAbortSignal } = internal.load("node/stream_end");
const pipelines = () => internal.load("node/stream_pipeline");

// Operators load with their first use.
function operator(kind, name) {
  const fn = {
    [name](...args) {
      if (new.target) throw new TypeError(`${name} is not a constructor`);
      const op = internal.load("node/stream_operators")[kind][name];
      const ret = Reflect.apply(op, this, args);
      if (kind === "promises" || base.isNode(ret)) return ret;
      return Readable.from(ret, undefined);
    },
  }[name];
  Object.defineProperty(Readable.prototype, name, { __proto__: null, value: fn, writable: true, configurable: true, enumerable: false });
}
for (const name of ["asIndexedPairs", "drop", "filter", "flatMap", "map", "take", "compose"]) operator("streams", name);
for (const name of ["every", "forEach", "reduce", "toArray", "some", "find"]) operator("promises", name);

function pipeline(...streams) {
  return pipelines().pipeline(...streams);
}
function compose(...streams) {
  return pipelines().compose(...streams);
}

const custom = Symbol.for("nodejs.util.promisify.custom");
const promised = (fn, name) => Object.defineProperty(fn, custom, {
  __proto__: null, enumerable: true, get: () => internal.load("node/stream_promises")[name],
});
promised(pipeline, "pipeline");
const finishedWithCallback = eos;
promised(finishedWithCallback, "finished");
Object.defineProperty(finishedWithCallback, "name", { __proto__: null, value: "finished", configurable: true });

Object.assign(Stream, {
  isDestroyed: base.isDestroyed, isDisturbed: base.isDisturbed, isErrored: base.isErrored, isReadable: base.isReadable,
  isWritable: base.isWritable, Readable, Writable, Duplex, Transform, PassThrough, duplexPair, pipeline, addAbortSignal,
  finished: finishedWithCallback, destroy: base.destroyer, compose, setDefaultHighWaterMark: base.setDefaultHighWaterMark,
  getDefaultHighWaterMark: base.getDefaultHighWaterMark, Stream,
  _isArrayBufferView: ArrayBuffer.isView,
  _isUint8Array: (v) => v instanceof Uint8Array,
  _uint8ArrayToBuffer: (chunk) => internal.load("node/buffer").Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
});
Object.defineProperty(Stream, "promises", {
  __proto__: null, configurable: true, enumerable: true, get: () => internal.load("node/stream_promises"),
});
return Stream;
