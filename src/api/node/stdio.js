// process.stdin, stdout, stderr. Output becomes lines of the Worker's log, a line when its end has come; input is at its end.
const { Writable } = internal.load("node/stream");
const { ReadStream } = internal.load("node/fs_streams");
const { Buffer } = internal.load("node/buffer");
const { log } = internal.natives;
const MOST_WRITE = 16 * 1024; // bytes of one write(); what is more is not taken
const LEVELS = [undefined, 1, 3];
const rest = ["", "", ""];

// Bytes for descriptor 1 or 2: how many were taken.
function write(fd, bytes) {
  const taken = bytes.length > MOST_WRITE ? bytes.subarray(0, MOST_WRITE) : bytes;
  const lines = (rest[fd] + Buffer.from(taken.buffer, taken.byteOffset, taken.byteLength).toString()).split("\n");
  rest[fd] = lines.pop();
  if (rest[fd].length > MOST_WRITE) lines.push(rest[fd]), (rest[fd] = "");
  for (const line of lines) log(LEVELS[fd], line, internal.core.ticketNow());
  return taken.length;
}

function output(fd) {
  const stream = new Writable({
    decodeStrings: true,
    write(chunk, encoding, callback) {
      for (let at = 0; at < chunk.length; at += MOST_WRITE) write(fd, chunk.subarray(at));
      callback();
    },
    destroy(error, callback) {
      callback(error);
    },
  });
  return Object.assign(stream, { fd, _isStdio: true, isTTY: undefined, columns: 80, rows: 24, getColorDepth: () => 1, hasColors: () => false });
}

function input() {
  const stream = new ReadStream(null, { fd: 0, autoClose: false });
  return Object.assign(stream, { isTTY: false, isRaw: false });
}

return { write, output, input };
