// node:stream/promises
const { finished } = internal.load("node/stream_end");
const { isIterable, isNode, isWebStream } = internal.load("node/stream_base");

function pipeline(...streams) {
  return new Promise((resolve, reject) => {
    let signal, end;
    const last = streams[streams.length - 1];
    if (last && typeof last === "object" && !isNode(last) && !isIterable(last) && !isWebStream(last)) {
      ({ signal, end } = streams.pop());
    }
    internal.load("node/stream_pipeline").run(streams, (error, value) => (error ? reject(error) : resolve(value)), { signal, end });
  });
}

return { finished, pipeline };
