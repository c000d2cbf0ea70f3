// node:_stream_writable, an old name.
const { Writable } = internal.load("node/stream");
Writable.Writable ??= Writable;
return Writable;
