// node:_stream_readable, an old name.
const { Readable } = internal.load("node/stream");
if (!Object.hasOwn(Readable, "Readable")) Object.defineProperty(Readable, "Readable", { __proto__: null, value: Readable, writable: true, configurable: true, enumerable: false });
return Readable;
