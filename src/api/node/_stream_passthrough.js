// node:_stream_passthrough, an old name.
const { PassThrough } = internal.load("node/stream");
PassThrough.PassThrough ??= PassThrough;
return PassThrough;
