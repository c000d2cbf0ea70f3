// URLPattern. https://urlpattern.spec.whatwg.org/  Parsing and matching is C (http/urlpattern.h); the expressions that users
// write in a pattern are the engine's to match.
const {
  ArrayPrototypePush,
  ObjectDefineProperty,
  ObjectKeys,
  RegExp,
  RegExpPrototypeExec,
  TypeError,
} = primordials;
const lazy = internal.load;
const { dictionary, domString, illegalInvocation, isObject, record, required, usvString } = lazy('webidl');

// The order is that of enum urlpattern_at.
const COMPONENTS = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
const BASE = 8;
// As Web IDL reads a dictionary: by name.
const MEMBERS = [['baseURL', BASE], ['hash', 7], ['hostname', 3], ['password', 2], ['pathname', 5], ['port', 4], ['protocol', 0],
  ['search', 6], ['username', 1]];
const SPECIAL = ['https', 'http', 'ws', 'wss', 'ftp', 'file'];
const ASK = 0;
const IS_SPECIAL = 1;
const NOT_SPECIAL = 2;

// URLPatternInput: a string, or a URLPatternInit as its nine fields.
class Input {
  constructor(v) {
    this.string = undefined;
    this.fields = undefined;
    if (v === undefined || v === null || isObject(v)) this.fields = convertInit(v);
    else this.string = usvString(v);
  }
}
record(Input);

function convertInit(v) {
  const fields = [undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined];
  if (v === undefined || v === null) return fields;
  for (let i = 0; i < MEMBERS.length; i++) {
    const value = v[MEMBERS[i][0]];
    if (value !== undefined) fields[MEMBERS[i][1]] = usvString(value);
  }
  return fields;
}

function call(native, handle, input, base) {
  const f = input.fields;
  if (f === undefined)
    return native(handle, input.string, undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined, base);
  return native(handle, undefined, f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]);
}

// `flags` "v": sets of characters as the newest regular expressions have them.
function compileRegExp(source, ignoreCase) {
  try {
    return new RegExp(source, ignoreCase ? 'vi' : 'v');
  } catch {
    throw new TypeError(`Invalid URLPattern: /${source}/ is not a valid regular expression.`);
  }
}

function matchesSpecial(source) {
  const regexp = compileRegExp(source, false);
  for (let i = 0; i < SPECIAL.length; i++) if (RegExpPrototypeExec(regexp, SPECIAL[i]) !== null) return true;
  return false;
}

// A component of a compiled pattern.
class Component {
  constructor(about) {
    this.regexp = about[0] === undefined ? undefined : compileRegExp(about[0], about[1]);
    this.names = [];
    for (let i = 2; i < about.length; i++) ArrayPrototypePush(this.names, about[i]);
  }
}
record(Component);

class Pattern {
  constructor(input, base, ignoreCase) {
    if (input.fields !== undefined && base !== undefined)
      throw new TypeError('Invalid URLPattern: a base URL goes with a string only.');
    const f = input.fields ?? [];
    const make = (special) =>
      natives.make(special, ignoreCase, input.string, f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8] ?? base);
    let made = make(ASK);
    if (typeof made === 'string') made = make(matchesSpecial(made) ? IS_SPECIAL : NOT_SPECIAL);
    this.handle = made[0];
    this.texts = made;
    this.components = [];
    this.hasRegExp = false;
    for (let i = 0; i < COMPONENTS.length; i++) {
      const c = new Component(natives.about(this.handle, i));
      if (c.regexp !== undefined) this.hasRegExp = true;
      this.components[i] = c;
    }
  }
  test(input, base) {
    if (!call(natives.test, this.handle, input, base)) return false;
    return !this.hasRegExp || this.exec(input, base) !== null;
  }
  // Eight of { input, groups }, or null.
  exec(input, base) {
    const flat = call(natives.exec, this.handle, input, base);
    if (flat === null) return null;
    const results = [];
    let at = 0;
    for (let i = 0; i < COMPONENTS.length; i++) {
      const { regexp, names } = this.components[i];
      const text = flat[at++];
      const groups = {};
      const match = regexp === undefined ? undefined : RegExpPrototypeExec(regexp, text);
      if (match === null) return null;
      for (let k = 0; k < names.length; k++)
        define(groups, names[k], match === undefined ? flat[at++] : match[k + 1]);
      results[i] = { input: text, groups };
    }
    return results;
  }
}
record(Pattern);

function define(object, name, value) {
  ObjectDefineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

let patternOf;
function own(v) {
  const p = patternOf(v);
  if (p === undefined) throw illegalInvocation();
  return p;
}

function componentNamed(name) {
  const text = domString(name);
  for (let i = 0; i < COMPONENTS.length; i++) if (COMPONENTS[i] === text) return i;
  throw new TypeError(`"${text}" is not a component of a URLPattern`);
}

// What exec() says it was given: a string, or a dictionary of the members that were there.
function publicInput(input) {
  if (input.fields === undefined) return input.string;
  const object = {};
  for (let i = 0; i < MEMBERS.length; i++) {
    const value = input.fields[MEMBERS[i][1]];
    if (value !== undefined) object[MEMBERS[i][0]] = value;
  }
  return object;
}

function matchArguments(input, base) {
  const converted = new Input(input);
  const baseURL = base === undefined ? undefined : usvString(base);
  if (converted.fields !== undefined && baseURL !== undefined) throw new TypeError('A base URL goes with a string only');
  return { input: converted, base: baseURL };
}

class URLPattern {
  #p;
  static {
    patternOf = (v) => (isObject(v) && #p in v ? v.#p : undefined);
  }
  // (input, baseURL, options) or (input, options)
  constructor(input = {}, baseURL = undefined, options = undefined) {
    const withBase = arguments.length > 2 || (baseURL !== undefined && baseURL !== null && !isObject(baseURL));
    const converted = new Input(input);
    const base = withBase ? usvString(baseURL) : undefined;
    const o = dictionary(withBase ? options : baseURL, 'The options');
    this.#p = new Pattern(converted, base, o !== undefined && !!o.ignoreCase);
  }
  get protocol() {
    return own(this).texts[1];
  }
  get username() {
    return own(this).texts[2];
  }
  get password() {
    return own(this).texts[3];
  }
  get hostname() {
    return own(this).texts[4];
  }
  get port() {
    return own(this).texts[5];
  }
  get pathname() {
    return own(this).texts[6];
  }
  get search() {
    return own(this).texts[7];
  }
  get hash() {
    return own(this).texts[8];
  }
  get hasRegExpGroups() {
    return own(this).hasRegExp;
  }
  test(input = {}, baseURL = undefined) {
    const p = own(this);
    if (typeof input === 'string' && baseURL === undefined && !p.hasRegExp)
      return natives.test(p.handle, usvString(input));
    const a = matchArguments(input, baseURL);
    return p.test(a.input, a.base);
  }
  exec(input = {}, baseURL = undefined) {
    const p = own(this);
    const a = matchArguments(input, baseURL);
    const results = p.exec(a.input, a.base);
    if (results === null) return null;
    const inputs = [publicInput(a.input)];
    if (a.base !== undefined) ArrayPrototypePush(inputs, a.base);
    const result = { inputs };
    for (let i = 0; i < COMPONENTS.length; i++) result[COMPONENTS[i]] = results[i];
    return result;
  }
  // Proposals that the tests of the standard have; tentative.
  generate(component, groups = undefined) {
    const p = own(this);
    required(arguments.length, 1, 'generate');
    const at = componentNamed(component);
    const list = [];
    if (isObject(groups)) {
      const names = ObjectKeys(groups);
      for (let i = 0; i < names.length; i++) {
        ArrayPrototypePush(list, usvString(names[i]));
        ArrayPrototypePush(list, usvString(groups[names[i]]));
      }
    }
    const text = natives.generate(p.handle, at, list, list.length);
    if (text === null) throw new TypeError(`The ${COMPONENTS[at]} cannot be made of these groups`);
    return text;
  }
  static compareComponent(component, left, right) {
    required(arguments.length, 3, 'compareComponent');
    return natives.compare(own(left).handle, own(right).handle, componentNamed(component));
  }
}
internal.shape(URLPattern, 'URLPattern');

return { URLPattern };
