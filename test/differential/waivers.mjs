// Differences that stay, each with its reason: an engine's own (V8 and JavaScriptCore), or a documented decision: where workerd
// departs from a standard, Cusp keeps to it. A key is "fixture/case", or "fixture/path: what" for what is outside of a JSON body.
const CASES = {
  // Standards that workerd departs from.
  "body-methods/text drops a BOM": "Encoding standard: UTF-8 decode removes it",
  "byte-streams/default reader": "Streams standard: chunks come out as they were put in",
  "crypto-verify/another curve": "Web Cryptography: DataError",
  "events/preventDefault": "DOM standard: an event that is not cancelable can't be cancelled",
  "form-data/a blob without a name": 'XMLHttpRequest standard: a Blob becomes a File named "blob"',
  "headers-invalid/an empty name": "Fetch standard: a name has at least one character",
  "headers-invalid/a letter beyond Latin-1 in a name": "Fetch standard: names are ByteStrings",
  "headers-iteration-live/the iterator's shape": "Web IDL: the iterator's tag; its end has a `value`",
  "headers-iteration-live/entries is the iterator": "Web IDL: one function under two names",
  "readable-stream/read after the end": "Streams standard: { value: undefined, done: true }",
  "readable-stream/enqueue after close": "Streams standard: a TypeError",
  "request-headers-in/seen": "Fetch standard: header values are bytes, isomorphic decoded, so that they go out as they came in",
  "response-static/json of undefined": "Fetch standard: a TypeError",
  "writable-stream/desiredSize": "Streams standard: what is written counts at once",
  "fetch-streams/cut short": "Fetch standard: a network error is a TypeError",
  "fetch-basics/got": "RFC 9110 section 8.6: DELETE without content has no Content-Length",
  // Decisions.
  "global-scope/new Response": "nothing in it needs an event, so it is allowed",
  "response-headers-out/empty-type: headers": "a header line that a Worker has set goes out, empty or not",
  "null-body-statuses/599: reason": "reason phrases mean nothing (RFC 9112 section 4); an unknown status has none",
  "statuses-and-reasons/418: reason": "RFC 9110 section 15.5.19 keeps the number unused",
  "statuses-and-reasons/422: reason": "RFC 9110 section 15.5.21 renamed it",
  "streamed-response/: framing": "the body was taken as a stream, whose length is not known",
};
// The default statusText is the empty string (Fetch standard); this workerd puts the reason phrase there, newer ones don't.
for (const what of ["nothing", "null", "undefined", "an empty string", "a string", "bytes", "204 with an empty string", "205 without"])
  CASES[`response-constructor/${what}`] = "Fetch standard: statusText is empty unless it was given";
// Cloudflare's network puts "error code: 1101" where workerd alone has its own words.
for (const path of ["sync", "string", "nothing", "number", "used"])
  for (const what of ["headers", "body"]) CASES[`thrown-errors/${path}: ${what}`] = "the error page of the network, not of the runtime";

export const waivers = CASES;
