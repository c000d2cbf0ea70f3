// node:_stream_writable, an old name.
const { Writable } = internal.load("node/stream");
if (!Object.hasOwn(Writable, "Writable")) Object.defineProperty(Writable, "Writable", { __proto__: null, value: Writable, writable: true, configurable: true, enumerable: false });
return Writable;
