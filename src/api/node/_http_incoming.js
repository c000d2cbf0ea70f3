// node:_http_incoming
const { IncomingMessage } = internal.load("node/http_incoming");
return { IncomingMessage, readStart() {}, readStop() {} };
