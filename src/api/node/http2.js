// node:http2: names only; the platform speaks the protocol with clients by itself.
const { absentAll } = internal.load("node/codes");
const { notImplemented } = internal.load("node/errors");

const refusing = (name) => ({ [name]: class {
  constructor() {
    throw notImplemented(name);
  }
} })[name];
const constants = {};
const number = (prefix, text) => text.split(" ").forEach((word, i) => {
  const [name, value] = word.split("=");
  constants[prefix + name] = value === undefined ? i : +value;
});
number("NGHTTP2_", "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR REFUSED_STREAM " +
                   "CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED DEFAULT_WEIGHT=16");
for (const name of ["status", "method", "authority", "scheme", "path", "protocol"]) constants[`HTTP2_HEADER_${name.toUpperCase()}`] = `:${name}`;
for (const name of ["accept", "accept-encoding", "authorization", "cache-control", "content-encoding", "content-length", "content-type", "cookie",
                    "date", "etag", "host", "location", "server", "set-cookie", "user-agent", "vary"])
  constants[`HTTP2_HEADER_${name.toUpperCase().replace(/-/g, "_")}`] = name;
for (const name of ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"]) constants[`HTTP2_METHOD_${name}`] = name;

return {
  ...absentAll("connect createServer createSecureServer getDefaultSettings getPackedSettings getUnpackedSettings performServerHandshake"),
  Http2ServerRequest: refusing("Http2ServerRequest"), Http2ServerResponse: refusing("Http2ServerResponse"), constants,
  sensitiveHeaders: Symbol("nodejs.http2.sensitiveHeaders"),
};
