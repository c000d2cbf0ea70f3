// The old API of node:url: parse(), format(), resolve() of URLs as Node.js had them before the URL Standard.
const lazy = internal.load;
const errors = () => lazy("node/errors");

function Url() {
  for (const key of ["protocol", "slashes", "auth", "host", "port", "hostname", "hash", "search", "query", "pathname", "path", "href"]) this[key] = null;
}
const SLASHED = new Set(["http", "https", "ftp", "gopher", "file", "ws", "wss", "http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"]);
const isScript = (p) => p === "javascript" || p === "javascript:";
const ESCAPES = { "\t": "%09", "\n": "%0A", "\r": "%0D", " ": "%20", '"': "%22", "'": "%27", "<": "%3C", ">": "%3E", "\\": "%5C", "^": "%5E", "`": "%60", "{": "%7B", "|": "%7C", "}": "%7D" };
const escapeRest = (s) => s.replace(/[\t\n\r "'<>\\^`{|}]/g, (c) => ESCAPES[c]);

function invalid(input) {
  const e = errors().typeError("ERR_INVALID_URL", "Invalid URL");
  e.input = input;
  return e;
}
function parse(url, query = false, slashesDenoteHost = false) {
  if (url instanceof Url) return url;
  const u = new Url();
  u.parse(url, query, slashesDenoteHost);
  return u;
}
Url.prototype.parse = function (url, query = false, slashesDenoteHost = false) {
  errors().validateString(url, "url");
  // White space around it goes; a backslash before the query is a slash.
  let rest = url.replace(/^[\0-\x20\u00a0\uFEFF]+|[\0-\x20\u00a0\uFEFF]+$/g, "");
  const split = rest.search(/[?#]/);
  rest = split < 0 ? rest.replaceAll("\\", "/") : rest.slice(0, split).replaceAll("\\", "/") + rest.slice(split);
  const hadHash = url.includes("#");
  if (!slashesDenoteHost && !hadHash && !rest.includes("@")) {
    const simple = /^(\/\/?(?!\/)[^?\s]*)(\?[^\s]*)?$/.exec(rest);
    if (simple !== null) { // nothing is escaped in these
      this.path = this.href = rest;
      this.pathname = simple[1];
      if (simple[2]) {
        this.search = simple[2];
        this.query = query ? lazy("node/querystring").parse(this.search.slice(1)) : this.search.slice(1);
      } else if (query) {
        this.search = null;
        this.query = { __proto__: null };
      }
      return this;
    }
  }
  const scheme = /^[a-z0-9.+-]+:/i.exec(rest);
  let proto = scheme?.[0], lower;
  if (proto !== undefined) {
    lower = proto.toLowerCase();
    this.protocol = lower;
    rest = rest.slice(proto.length);
  }
  let slashes = false;
  if (slashesDenoteHost || proto !== undefined || /^\/\/[^@/]+@[^@/]+/.test(rest)) {
    slashes = rest.startsWith("//");
    if (slashes && !(proto !== undefined && isScript(lower))) {
      rest = rest.slice(2);
      this.slashes = true;
    }
  }
  if (!(proto !== undefined && isScript(lower)) && (slashes || (proto !== undefined && !SLASHED.has(proto)))) rest = this.authority(rest, url);
  if (!(proto !== undefined && isScript(lower))) rest = escapeRest(rest);
  const hash = rest.indexOf("#"), mark = hash < 0 ? rest.indexOf("?") : rest.slice(0, hash).indexOf("?");
  if (hash >= 0) this.hash = rest.slice(hash);
  if (mark >= 0) {
    this.search = rest.slice(mark, hash < 0 ? undefined : hash);
    this.query = query ? lazy("node/querystring").parse(this.search.slice(1)) : this.search.slice(1);
  } else if (query) {
    this.search = null;
    this.query = { __proto__: null };
  }
  const end = mark >= 0 ? mark : hash >= 0 ? hash : rest.length;
  if (end > 0) this.pathname = rest.slice(0, end);
  if (SLASHED.has(lower) && this.hostname && !this.pathname) this.pathname = "/";
  if (this.pathname || this.search) this.path = (this.pathname || "") + (this.search || "");
  this.href = this.format();
  return this;
};
// user:password@host:port; returns what follows.
Url.prototype.authority = function (rest, url) {
  let end = -1, at = -1, nonHost = -1;
  for (let i = 0; i < rest.length; i++) {
    const c = rest[i];
    if (c === "\t" || c === "\n" || c === "\r") {
      rest = rest.slice(0, i) + rest.slice(i + 1);
      i--;
    } else if (/[\s"%';<>\\^`{|}]/.test(c)) {
      if (nonHost < 0) nonHost = i;
    } else if (c === "#" || c === "/" || c === "?") {
      if (nonHost < 0) nonHost = i;
      end = i;
    } else if (c === "@") {
      at = i;
      nonHost = -1;
    }
    if (end >= 0) break;
  }
  let start = 0;
  if (at >= 0) {
    this.auth = decodeURIComponent(rest.slice(0, at));
    start = at + 1;
  }
  if (nonHost < 0) {
    this.host = rest.slice(start);
    rest = "";
  } else {
    this.host = rest.slice(start, nonHost);
    rest = rest.slice(nonHost);
  }
  const port = /:([0-9]*)$/.exec(this.host);
  if (port !== null) {
    if (port[0] !== ":") this.port = port[1];
    this.host = this.host.slice(0, this.host.length - port[0].length);
  }
  this.hostname = this.host;
  const v6 = this.hostname[0] === "[" && this.hostname.endsWith("]");
  if (!v6) {
    const end = this.hostname.search(/[/\\#?:]/);
    if (end >= 0) {
      rest = `/${this.hostname.slice(end)}${rest}`;
      this.hostname = this.hostname.slice(0, end);
    }
  }
  this.hostname = this.hostname.length > 255 ? "" : this.hostname.toLowerCase();
  if (this.hostname !== "") {
    if (v6) {
      if (/[\s/@[\]]/.test(this.hostname.slice(1, -1)) || !/^[\da-f:.%\w-]*$/i.test(this.hostname.slice(1, -1))) throw invalid(url);
    } else if (/[^\0-\x7f]/.test(this.hostname)) {
      const ascii = lazy("node/url").domainToASCII(this.hostname);
      if (ascii === "") throw invalid(url);
      this.hostname = ascii;
    }
    if (!v6 && /[\0\t\n\r #%/:<>?@[\\\]^|]/.test(this.hostname)) throw invalid(url);
  }
  this.host = (this.hostname || "") + (this.port ? `:${this.port}` : "");
  if (v6) {
    this.hostname = this.hostname.slice(1, -1);
    if (rest[0] !== "/") rest = `/${rest}`;
  }
  return rest;
};
function format(url, options = undefined) {
  if (typeof url === "string") url = parse(url);
  else if (typeof url !== "object" || url === null) throw errors().invalidArgType("urlObject", ["Object", "string"], url);
  else if (url instanceof lazy("url").URL) return lazy("node/url").format(url, options);
  return Url.prototype.format.call(url);
}
Url.prototype.format = function () {
  let auth = this.auth || "";
  if (auth) auth = `${encodeURIComponent(auth).replace(/%3A/gi, ":")}@`;
  let protocol = this.protocol || "", pathname = this.pathname || "", hash = this.hash || "", host = "", query = "";
  if (this.host) host = auth + this.host;
  else if (this.hostname) {
    host = auth + (this.hostname.includes(":") && this.hostname[0] !== "[" ? `[${this.hostname}]` : this.hostname);
    if (this.port) host += `:${this.port}`;
  }
  if (this.query !== null && typeof this.query === "object") query = lazy("node/querystring").stringify(this.query);
  let search = this.search || (query && `?${query}`) || "";
  if (protocol && !protocol.endsWith(":")) protocol += ":";
  pathname = pathname.replace(/[#?]/g, (c) => (c === "#" ? "%23" : "%3F"));
  if (this.slashes || SLASHED.has(protocol)) {
    if (this.slashes || host) {
      if (pathname && pathname[0] !== "/") pathname = `/${pathname}`;
      host = `//${host}`;
    } else if (protocol.startsWith("file")) host = "//";
  }
  search = search.replaceAll("#", "%23");
  if (hash && hash[0] !== "#") hash = `#${hash}`;
  if (search && search[0] !== "?") search = `?${search}`;
  return protocol + host + pathname + search + hash;
};
const resolve = (source, relative) => parse(source, false, true).resolve(relative);
const resolveObject = (source, relative) => (source ? parse(source, false, true).resolveObject(relative) : relative);
Url.prototype.resolve = function (relative) {
  return this.resolveObject(parse(relative, false, true)).format();
};
Url.prototype.resolveObject = function (relative) {
  if (typeof relative === "string") {
    const r = new Url();
    r.parse(relative, false, true);
    relative = r;
  }
  const result = Object.assign(new Url(), this);
  result.hash = relative.hash;
  const done = () => {
    result.href = result.format();
    return result;
  };
  if (relative.href === "") return done();
  if (relative.slashes && !relative.protocol) {
    for (const key of Object.keys(relative)) if (key !== "protocol") result[key] = relative[key];
    if (SLASHED.has(result.protocol) && result.hostname && !result.pathname) result.path = result.pathname = "/";
    return done();
  }
  if (relative.protocol && relative.protocol !== result.protocol) {
    if (!SLASHED.has(relative.protocol)) {
      Object.assign(result, relative);
      return done();
    }
    result.protocol = relative.protocol;
    if (!relative.host && !/^file:?$/.test(relative.protocol) && !isScript(relative.protocol)) {
      const path = (relative.pathname || "").split("/");
      while (path.length > 0 && !(relative.host = path.shift()));
      relative.host ||= "";
      relative.hostname ||= "";
      if (path[0] !== "") path.unshift("");
      if (path.length < 2) path.unshift("");
      result.pathname = path.join("/");
    } else result.pathname = relative.pathname;
    result.search = relative.search;
    result.query = relative.query;
    result.host = relative.host || "";
    result.auth = relative.auth;
    result.hostname = relative.hostname || relative.host;
    result.port = relative.port;
    if (result.pathname || result.search) result.path = (result.pathname || "") + (result.search || "");
    result.slashes ||= relative.slashes;
    return done();
  }
  const sourceAbsolute = result.pathname?.[0] === "/", relativeAbsolute = Boolean(relative.host) || relative.pathname?.[0] === "/";
  let mustEnd = relativeAbsolute || sourceAbsolute || Boolean(result.host && relative.pathname);
  const removeDots = mustEnd;
  let path = result.pathname ? result.pathname.split("/") : [];
  const relPath = relative.pathname ? relative.pathname.split("/") : [], opaque = Boolean(result.protocol) && !SLASHED.has(result.protocol);
  if (opaque) {
    result.hostname = "";
    result.port = null;
    if (result.host) {
      if (path[0] === "") path[0] = result.host;
      else path.unshift(result.host);
    }
    result.host = "";
    if (relative.protocol) {
      relative.hostname = relative.port = result.auth = null;
      if (relative.host) {
        if (relPath[0] === "") relPath[0] = relative.host;
        else relPath.unshift(relative.host);
      }
      relative.host = null;
    }
    mustEnd = mustEnd && (relPath[0] === "" || path[0] === "");
  }
  const takeHost = () => {
    const at = result.host && result.host.indexOf("@") > 0 ? result.host.split("@") : null;
    if (at !== null) {
      result.auth = at.shift();
      result.host = result.hostname = at.shift();
    }
  };
  if (relativeAbsolute) {
    if (relative.host || relative.host === "") {
      if (result.host !== relative.host) result.auth = null;
      result.host = relative.host;
      result.port = relative.port;
    }
    if (relative.hostname || relative.hostname === "") {
      if (result.hostname !== relative.hostname) result.auth = null;
      result.hostname = relative.hostname;
    }
    result.search = relative.search;
    result.query = relative.query;
    path = relPath;
  } else if (relPath.length > 0) {
    path.pop();
    path = path.concat(relPath);
    result.search = relative.search;
    result.query = relative.query;
  } else if (relative.search !== null && relative.search !== undefined) {
    if (opaque) {
      result.hostname = result.host = path.shift();
      takeHost();
    }
    result.search = relative.search;
    result.query = relative.query;
    if (result.pathname !== null || result.search !== null) result.path = (result.pathname || "") + (result.search || "");
    return done();
  }
  if (path.length === 0) {
    result.pathname = null;
    result.path = result.search ? `/${result.search}` : null;
    return done();
  }
  let last = path[path.length - 1];
  const trailing = ((result.host || relative.host || path.length > 1) && (last === "." || last === "..")) || last === "";
  let up = 0;
  for (let i = path.length - 1; i >= 0; i--) {
    last = path[i];
    if (last === ".") path.splice(i, 1);
    else if (last === "..") {
      path.splice(i, 1);
      up++;
    } else if (up > 0) {
      path.splice(i, 1);
      up--;
    }
  }
  if (!mustEnd && !removeDots) while (up-- > 0) path.unshift("..");
  if (mustEnd && path[0] !== "" && (!path[0] || path[0][0] !== "/")) path.unshift("");
  if (trailing && path.join("/").at(-1) !== "/") path.push("");
  const absolute = path[0] === "" || (path[0] && path[0][0] === "/");
  if (opaque) {
    result.hostname = result.host = absolute ? "" : path.length > 0 ? path.shift() : "";
    takeHost();
  }
  mustEnd = mustEnd || Boolean(result.host && path.length > 0);
  if (mustEnd && !absolute) path.unshift("");
  if (path.length === 0) result.pathname = result.path = null;
  else result.pathname = path.join("/");
  if (result.pathname !== null || result.search !== null) result.path = (result.pathname || "") + (result.search || "");
  result.auth = relative.auth || result.auth;
  result.slashes ||= relative.slashes;
  return done();
};
return { Url, parse, format, resolve, resolveObject };
