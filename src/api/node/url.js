// node:url: URL, and what node has besides. The old API is in url_legacy.js.
const lazy = internal.load;
const errors = () => lazy("node/errors"), web = () => lazy("url");
const isURL = (v) => Boolean(v?.href && v.protocol && v.auth === undefined && v.path === undefined);

function fileURLToPath(path, options = undefined) {
  const windows = options?.windows;
  if (typeof path === "string") path = new (web().URL)(path);
  else if (!isURL(path)) throw errors().invalidArgType("path", ["string", "URL"], path);
  if (path.protocol !== "file:") throw errors().typeError("ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
  return windows ? windowsPath(path) : posixPath(path);
}
function windowsPath(url) {
  let { pathname } = url;
  if (/%2f|%5c/i.test(pathname)) throw errors().typeError("ERR_INVALID_FILE_URL_PATH", "File URL path must not include encoded \\ or / characters");
  pathname = decodeURIComponent(pathname.replaceAll("/", "\\"));
  if (url.hostname !== "") return `\\\\${domainToUnicode(url.hostname)}${pathname}`;
  if (!/^\\[a-z]:/i.test(pathname)) throw errors().typeError("ERR_INVALID_FILE_URL_PATH", "File URL path must be absolute");
  return pathname.slice(1);
}
function posixPath(url) {
  if (url.hostname !== "") throw errors().typeError("ERR_INVALID_FILE_URL_HOST", 'File URL host must be "localhost" or empty on linux');
  if (/%2f/i.test(url.pathname)) throw errors().typeError("ERR_INVALID_FILE_URL_PATH", "File URL path must not include encoded / characters");
  return decodeURIComponent(url.pathname);
}
const fileURLToPathBuffer = (path, options = undefined) => lazy("node/buffer").Buffer.from(fileURLToPath(path, options));
function pathToFileURL(path, options = undefined) {
  const windows = options?.windows;
  errors().validateString(path, "path");
  const module = windows ? lazy("node/path").win32 : lazy("node/path"), url = new (web().URL)("file:///");
  const escape = (p) => p.replaceAll("%", "%25").replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll("\t", "%09").replaceAll("?", "%3F").replaceAll("#", "%23").replaceAll("[", "%5B").replaceAll("]", "%5D").replaceAll("^", "%5E")
    .replaceAll("|", "%7C").replaceAll("~", "%7E");
  if (windows && path.startsWith("\\\\")) {
    const unc = path.startsWith("\\\\?\\UNC\\") ? path.slice(8) : path.slice(2), at = unc.indexOf("\\");
    if (at < 0) throw errors().invalidArgValue("path", path, "Missing UNC resource path");
    if (at === 0) throw errors().invalidArgValue("path", path, "Empty UNC servername");
    url.hostname = domainToASCII(unc.slice(0, at));
    url.pathname = escape(unc.slice(at)).replaceAll("\\", "/");
    return url;
  }
  let resolved = module.resolve(path);
  const last = path[path.length - 1];
  if ((last === "/" || (windows && last === "\\")) && !resolved.endsWith(module.sep)) resolved += "/";
  resolved = escape(resolved);
  url.pathname = windows ? resolved.replaceAll("\\", "/") : resolved.replaceAll("\\", "%5C");
  return url;
}
function host(domain) {
  try {
    const url = new (web().URL)(`ws://${domain}`);
    return url.hostname;
  } catch {
    return "";
  }
}
function domainToASCII(domain) {
  if (arguments.length < 1) throw errors().missingArgs("domain");
  return host(`${domain}`);
}
function domainToUnicode(domain) {
  if (arguments.length < 1) throw errors().missingArgs("domain");
  return lazy("node/punycode").toUnicode(host(`${domain}`));
}
function urlToHttpOptions(url) {
  const { hostname, pathname, port, username, password, search } = url;
  const options = {
    __proto__: null, ...url, protocol: url.protocol, hostname: hostname && hostname[0] === "[" ? hostname.slice(1, -1) : hostname, hash: url.hash, search,
    pathname, path: `${pathname || ""}${search || ""}`, href: url.href,
  };
  if (port !== "") options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}
function format(url, options = undefined) {
  if (!(url instanceof web().URL)) return lazy("node/url_legacy").format(url);
  if (options !== undefined) errors().validateObject(options, "options");
  const { fragment = true, unicode = false, search = true, auth = true } = options ?? {};
  let text = url.protocol;
  if (url.host !== "" || /^(?:https?|ftp|wss?|file):$/.test(url.protocol)) {
    text += "//";
    if (auth && (url.username || url.password)) text += `${url.username}${url.password ? `:${url.password}` : ""}@`;
    text += unicode ? domainToUnicode(url.hostname) : url.hostname;
    if (url.port) text += `:${url.port}`;
  }
  text += url.pathname;
  if (search && url.search) text += url.search;
  else if (search && /\?(#|$)/.test(url.href)) text += "?";
  return fragment ? text + url.hash : text;
}
const legacy = (name) => (...args) => lazy("node/url_legacy")[name](...args);
return {
  get Url() { return lazy("node/url_legacy").Url; },
  parse: legacy("parse"), resolve: legacy("resolve"), resolveObject: legacy("resolveObject"), format,
  get URL() { return web().URL; },
  get URLSearchParams() { return lazy("urlsearchparams").URLSearchParams; },
  get URLPattern() { return primordials.globalThis.URLPattern; },
  domainToASCII, domainToUnicode, pathToFileURL, fileURLToPath, fileURLToPathBuffer, urlToHttpOptions,
};
