// node:_stream_passthrough, an old name.
const { PassThrough } = internal.load("node/stream");
if (!Object.hasOwn(PassThrough, "PassThrough")) Object.defineProperty(PassThrough, "PassThrough", { __proto__: null, value: PassThrough, writable: true, configurable: true, enumerable: false });
return PassThrough;
