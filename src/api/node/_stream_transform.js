// node:_stream_transform, an old name.
const { Transform } = internal.load("node/stream");
if (!Object.hasOwn(Transform, "Transform")) Object.defineProperty(Transform, "Transform", { __proto__: null, value: Transform, writable: true, configurable: true, enumerable: false });
return Transform;
