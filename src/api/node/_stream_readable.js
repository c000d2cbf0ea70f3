// node:_stream_readable, an old name.
const { Readable } = internal.load("node/stream");
Readable.Readable ??= Readable;
return Readable;
