// node:_http_common
const { METHODS, checkIsHttpToken, checkInvalidHeaderChar } = internal.load("node/http_common");
const chunkExpression = /(?:^|\W)chunked(?:$|\W)/i, continueExpression = /(?:^|\W)100-continue(?:$|\W)/i;
return { _checkIsHttpToken: checkIsHttpToken, _checkInvalidHeaderChar: checkInvalidHeaderChar, chunkExpression, continueExpression,
         CRLF: "\r\n", methods: METHODS };
