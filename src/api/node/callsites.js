// Error.prepareStackTrace as V8 has it, for Error.captureStackTrace(): packages ask it who called them. What the engine writes as
// text ("name@file:line:column") becomes objects.
class CallSite {
  #name;
  #file;
  #line;
  #column;
  constructor(name, file, line, column) {
    this.#name = name;
    this.#file = file;
    this.#line = line;
    this.#column = column;
  }
  getThis() {}
  getTypeName() {
    return null;
  }
  getFunction() {}
  getFunctionName() {
    return this.#name || null;
  }
  getMethodName() {
    return null;
  }
  getFileName() {
    return this.#file;
  }
  getScriptNameOrSourceURL() {
    return this.#file;
  }
  getLineNumber() {
    return this.#line;
  }
  getColumnNumber() {
    return this.#column;
  }
  getEvalOrigin() {}
  getPromiseIndex() {
    return null;
  }
  getScriptHash() {
    return "";
  }
  isToplevel() {
    return true;
  }
  isEval() {
    return false;
  }
  isNative() {
    return this.#file === undefined;
  }
  isConstructor() {
    return false;
  }
  isAsync() {
    return false;
  }
  isPromiseAll() {
    return false;
  }
  toString() {
    const at = this.#file === undefined ? "native" : `${this.#file}:${this.#line}:${this.#column}`;
    return this.#name ? `${this.#name} (${at})` : at;
  }
}

function sites(stack) {
  const list = [];
  for (const text of `${stack}`.split("\n")) {
    if (text === "" || text.includes("@cusp:")) continue;
    const m = /^(.*?)@(.*):(\d+):(\d+)$/.exec(text) ?? /^\s*at (?:(.*) \()?(.*?):(\d+):(\d+)\)?$/.exec(text);
    if (m) list.push(new CallSite(m[1] ?? "", m[2], Number(m[3]), Number(m[4])));
    else list.push(new CallSite(text.split("@")[0], undefined, null, null));
  }
  return list;
}

// After captureStackTrace(object): its stack is what the user's function makes of it.
function prepare(object, fn) {
  const value = fn(object, sites(object.stack));
  Object.defineProperty(object, "stack", { __proto__: null, value, writable: true, configurable: true, enumerable: false });
}

return { prepare };
