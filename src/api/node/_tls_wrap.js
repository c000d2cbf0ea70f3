// node:_tls_wrap
const { Server, TLSSocket, connect, createServer } = internal.load("node/tls");
return { Server, TLSSocket, connect, createServer };
