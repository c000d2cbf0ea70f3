// The module "cloudflare:node".
const { httpServerHandler, handleAsNodeRequest } = internal.load("node/http_server");
return { httpServerHandler, handleAsNodeRequest };
