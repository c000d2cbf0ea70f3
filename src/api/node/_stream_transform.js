// node:_stream_transform, an old name.
const { Transform } = internal.load("node/stream");
Transform.Transform ??= Transform;
return Transform;
