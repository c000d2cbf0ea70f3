// node:_http_server
const { Server, ServerResponse } = internal.load("node/http_server");
const { STATUS_CODES } = internal.load("node/http_common");
return { Server, ServerResponse, STATUS_CODES, _connectionListener() {} };
