// node:_http_outgoing
const { OutgoingMessage } = internal.load("node/http_outgoing");
const { validateHeaderName, validateHeaderValue } = internal.load("node/http_common");
return { OutgoingMessage, validateHeaderName, validateHeaderValue };
