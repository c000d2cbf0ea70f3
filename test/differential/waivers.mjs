// Differences that stay, each with its reason: an engine's own (V8 and JavaScriptCore), or a documented decision. "fixture/case".
export const waivers = {};
