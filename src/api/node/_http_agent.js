// node:_http_agent
const { Agent, globalAgent } = internal.load("node/http_client");
return { Agent, globalAgent };
