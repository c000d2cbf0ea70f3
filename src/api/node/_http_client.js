// node:_http_client
const { ClientRequest } = internal.load("node/http_client");
return { ClientRequest };
