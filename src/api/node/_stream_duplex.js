// node:_stream_duplex, an old name.
const { Duplex } = internal.load("node/stream");
if (!Object.hasOwn(Duplex, "Duplex")) Object.defineProperty(Duplex, "Duplex", { __proto__: null, value: Duplex, writable: true, configurable: true, enumerable: false });
return Duplex;
