// node:_stream_wrap: a stream that has streams below, which no isolate has.
const { Duplex } = internal.load("node/stream");
const { notImplemented } = internal.load("node/errors");
class JSStreamSocket extends Duplex {
  constructor() {
    super();
    throw notImplemented("JSStreamSocket");
  }
}
return JSStreamSocket;
