// node:dns over DNS-over-HTTPS (RFC 8484's JSON form), by fetch(): under the Worker's egress policy, and counted as a subrequest.
const { codes } = internal.load("node/codes");
const errors = internal.load("node/errors");
const { validateString, validateFunction, validateBoolean, validateNumber, validateOneOf, validateArray, invalidArgType, invalidArgValue, notImplemented } = errors;
const net = internal.load("node/net");

const RESOLVER = "https://cloudflare-dns.com/dns-query";
const failures = {
  NODATA: "ENODATA", FORMERR: "EFORMERR", SERVFAIL: "ESERVFAIL", NOTFOUND: "ENOTFOUND", NOTIMP: "ENOTIMP", REFUSED: "EREFUSED", BADQUERY: "EBADQUERY",
  BADNAME: "EBADNAME", BADFAMILY: "EBADFAMILY", BADRESP: "EBADRESP", CONNREFUSED: "ECONNREFUSED", TIMEOUT: "ETIMEOUT", EOF: "EOF", FILE: "EFILE",
  NOMEM: "ENOMEM", DESTRUCTION: "EDESTRUCTION", BADSTR: "EBADSTR", BADFLAGS: "EBADFLAGS", NONAME: "ENONAME", BADHINTS: "EBADHINTS",
  NOTINITIALIZED: "ENOTINITIALIZED", LOADIPHLPAPI: "ELOADIPHLPAPI", ADDRGETNETWORKPARAMS: "EADDRGETNETWORKPARAMS", CANCELLED: "ECANCELLED",
};
const numbers = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35, TLSA: 52, CAA: 257, ANY: 255 };
const byStatus = { 1: "EFORMERR", 2: "ESERVFAIL", 3: "ENOTFOUND", 4: "ENOTIMP", 5: "EREFUSED" };

function failure(code, type, hostname) {
  const e = new Error(`query${type === undefined ? "" : type[0] + type.slice(1).toLowerCase()} ${code} ${hostname}`);
  return Object.assign(e, { code, errno: undefined, syscall: `query${type ? type[0] + type.slice(1).toLowerCase() : ""}`, hostname });
}

// Answers of one type: [{ data, TTL, type }]
async function query(hostname, type) {
  const url = new URL(RESOLVER);
  url.searchParams.set("name", hostname);
  url.searchParams.set("type", type);
  let answer;
  try {
    const response = await fetch(url, { headers: { accept: "application/dns-json" } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    answer = await response.json();
  } catch (error) {
    throw Object.assign(failure("ECONNREFUSED", type, hostname), { cause: error });
  }
  if (answer.Status !== 0) throw failure(byStatus[answer.Status] ?? "ESERVFAIL", type, hostname);
  const all = (answer.Answer ?? []).filter((record) => type === "ANY" || record.type === numbers[type]);
  if (all.length === 0) throw failure("ENODATA", type, hostname);
  return all;
}

const bare = (name) => name.replace(/\.$/, "");
// `"a" "b"` -> ["a", "b"]
function quoted(text) {
  const parts = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1].replace(/\\(\d{3}|.)/g, (all, c) => (c.length === 3 ? String.fromCharCode(c) : c)));
  return parts.length > 0 ? parts : [text];
}
// RFC 3597's form of unknown data: "\# 19 00 05 69 ..."
const unknown = (text) => (text.startsWith("\\#") ? text.split(/\s+/).slice(2).join("").match(/../g)?.map((h) => Number.parseInt(h, 16)) ?? [] : undefined);

const parsers = {
  A: ({ data }) => data,
  AAAA: ({ data }) => data,
  CNAME: ({ data }) => bare(data),
  NS: ({ data }) => bare(data),
  PTR: ({ data }) => bare(data),
  TXT: ({ data }) => quoted(data),
  MX({ data }) {
    const [priority, exchange] = data.split(" ");
    return { exchange: bare(exchange), priority: Number(priority) };
  },
  SRV({ data }) {
    const [priority, weight, port, name] = data.split(" ");
    return { priority: Number(priority), weight: Number(weight), port: Number(port), name: bare(name) };
  },
  SOA({ data }) {
    const [nsname, hostmaster, serial, refresh, retry, expire, minttl] = data.split(" ");
    return { nsname: bare(nsname), hostmaster: bare(hostmaster), serial: +serial, refresh: +refresh, retry: +retry, expire: +expire, minttl: +minttl };
  },
  CAA({ data }) {
    const bytes = unknown(data);
    if (bytes) {
      const tag = String.fromCharCode(...bytes.slice(2, 2 + bytes[1]));
      return { critical: bytes[0], [tag]: String.fromCharCode(...bytes.slice(2 + bytes[1])) };
    }
    const [, critical, tag, value] = /^(\d+) (\S+) "?([^"]*)"?$/.exec(data) ?? [undefined, 0, "issue", data];
    return { critical: Number(critical), [tag]: value };
  },
  NAPTR({ data }) {
    const [, order, preference, flags, service, regexp, replacement] = /^(\d+) (\d+) "([^"]*)" "([^"]*)" "([^"]*)" (\S+)$/.exec(data) ?? [];
    return { flags, service, regexp, replacement: bare(replacement ?? ""), order: Number(order), preference: Number(preference) };
  },
  TLSA({ data }) {
    const [usage, selector, match, hex] = data.split(" ");
    return { certUsage: +usage, selector: +selector, match: +match, data: new Uint8Array(hex.match(/../g).map((h) => Number.parseInt(h, 16))).buffer };
  },
};

async function records(hostname, type, options) {
  const all = await query(hostname, type);
  if (options?.ttl && (type === "A" || type === "AAAA")) return all.map((record) => ({ address: record.data, ttl: record.TTL }));
  const list = all.map(parsers[type]);
  return type === "SOA" ? list[0] : list;
}

function resolverOf(type) {
  return (hostname, options) => {
    validateString(hostname, "hostname");
    return records(hostname, type, options);
  };
}

async function any(hostname) {
  const list = [];
  for (const type of ["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "SOA", "CAA"]) {
    try {
      for (const record of [].concat(await records(hostname, type))) {
        if (type === "A" || type === "AAAA") list.push({ address: record, type });
        else if (type === "TXT") list.push({ entries: record, type });
        else list.push(typeof record === "string" ? { value: record, type } : { ...record, type });
      }
    } catch (error) {
      if (error.code !== "ENODATA") throw error;
    }
  }
  return list;
}

const promised = {
  resolve4: resolverOf("A"), resolve6: resolverOf("AAAA"), resolveCaa: resolverOf("CAA"), resolveCname: resolverOf("CNAME"), resolveMx: resolverOf("MX"),
  resolveNaptr: resolverOf("NAPTR"), resolveNs: resolverOf("NS"), resolvePtr: resolverOf("PTR"), resolveSoa: resolverOf("SOA"), resolveSrv: resolverOf("SRV"),
  resolveTlsa: resolverOf("TLSA"), resolveTxt: resolverOf("TXT"),
  resolveAny(hostname) {
    validateString(hostname, "hostname");
    return any(hostname);
  },
  resolve(hostname, type = "A") {
    validateString(hostname, "hostname");
    validateString(type, "rrtype");
    if (type === "ANY") return any(hostname);
    if (!Object.hasOwn(parsers, type)) throw invalidArgValue("rrtype", type);
    return records(hostname, type);
  },
  reverse(ip) {
    validateString(ip, "ip");
    const family = net.isIP(ip);
    if (family === 0) throw Object.assign(new Error(`getHostByAddr EINVAL ${ip}`), { code: "EINVAL", syscall: "getHostByAddr", hostname: ip });
    return records(reverseName(ip, family), "PTR");
  },
};

function reverseName(ip, family) {
  if (family === 4) return `${ip.split(".").reverse().join(".")}.in-addr.arpa`;
  const [head, tail] = ip.split("::");
  const left = head ? head.split(":") : [], right = tail ? tail.split(":") : [];
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return `${groups.map((g) => g.padStart(4, "0")).join("").split("").reverse().join(".")}.ip6.arpa`;
}

// ---- lookup()

let order = "verbatim";
function lookupOptions(options) {
  let family = 0, all = false, first = order;
  if (typeof options === "number") family = options;
  else if (options !== undefined && options !== null) {
    if (typeof options !== "object" && typeof options !== "function") throw invalidArgType("options", ["integer", "object"], options);
    if (options.hints != null) validateNumber(options.hints, "options.hints");
    if (options.family != null) family = options.family === "IPv4" ? 4 : options.family === "IPv6" ? 6 : options.family;
    if (options.all != null) {
      validateBoolean(options.all, "options.all");
      ({ all } = options);
    }
    if (options.verbatim != null) {
      validateBoolean(options.verbatim, "options.verbatim");
      first = options.verbatim ? "verbatim" : "ipv4first";
    }
    if (options.order != null) {
      validateOneOf(options.order, "options.order", ["ipv4first", "ipv6first", "verbatim"]);
      first = options.order;
    }
  }
  validateOneOf(family, "options.family", [0, 4, 6]);
  return { family, all, first };
}

async function addresses(hostname, { family, first }) {
  const known = net.isIP(hostname);
  if (known) return [{ address: hostname, family: known }];
  const ask = async (type, number) => {
    try {
      return (await records(hostname, type)).map((address) => ({ address, family: number }));
    } catch (error) {
      if (error.code === "ENODATA" || error.code === "ENOTFOUND") return [];
      throw error;
    }
  };
  const wanted = family === 4 ? [["A", 4]] : family === 6 ? [["AAAA", 6]] : first === "ipv6first" ? [["AAAA", 6], ["A", 4]] : [["A", 4], ["AAAA", 6]];
  const found = (await Promise.all(wanted.map(([type, number]) => ask(type, number)))).flat();
  if (found.length === 0) {
    const e = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
    throw Object.assign(e, { code: "ENOTFOUND", errno: -3008, syscall: "getaddrinfo", hostname });
  }
  return found;
}

promised.lookup = (hostname, options) => {
  if (hostname) validateString(hostname, "hostname");
  return found(hostname, lookupOptions(options));
};
async function found(hostname, o) {
  if (!hostname) return o.all ? [] : { address: null, family: o.family === 6 ? 6 : 4 };
  const list = await addresses(hostname, o);
  return o.all ? list : list[0];
}
promised.lookupService = async (address, port) => {
  throw notImplemented("lookupService");
};

// ---- With callbacks

const { nextTick } = internal.load("node/process");
function withCallback(name, give = (callback, value) => callback(null, value)) {
  return { [name](...args) {
    const callback = args.pop();
    validateFunction(callback, "callback");
    promised[name](...args).then((value) => nextTick(give, callback, value), (error) => nextTick(callback, error));
  } }[name];
}
const dns = {};
for (const name of Object.keys(promised)) dns[name] = withCallback(name);
dns.lookup = function lookup(hostname, options, callback) {
  if (hostname) validateString(hostname, "hostname");
  if (typeof options === "function") {
    callback = options;
    options = undefined;
  }
  validateFunction(callback, "callback");
  const o = lookupOptions(options);
  promised.lookup(hostname, options).then(
    (value) => nextTick(() => (o.all ? callback(null, value) : callback(null, value.address, value.family))),
    (error) => nextTick(callback, error),
  );
};
Object.defineProperty(dns.lookup, Symbol.for("nodejs.util.promisify.args"), { __proto__: null, value: ["address", "family"] });

let servers = ["1.1.1.1", "2606:4700:4700::1111", "1.0.0.1", "2606:4700:4700::1001"];
const shared = {
  ...failures,
  getServers: () => [...servers],
  setServers(list) {
    validateArray(list, "servers");
    throw notImplemented("setServers");
  },
  getDefaultResultOrder: () => order,
  setDefaultResultOrder(value) {
    validateOneOf(value, "dnsOrder", ["ipv4first", "ipv6first", "verbatim"]);
    order = value;
  },
};

function resolverClass(functions, name) {
  const Class = { [name]: class {
    cancel() {}
    setLocalAddress() {}
    getServers() {
      return shared.getServers();
    }
    setServers(list) {
      shared.setServers(list);
    }
  } }[name];
  for (const key of Object.keys(functions))
    if (/^re/.test(key)) Object.defineProperty(Class.prototype, key, { __proto__: null, value: functions[key], writable: true, configurable: true });
  return Class;
}

promised.Resolver = undefined;
const promises = { ...shared, ...promised, Resolver: resolverClass(promised, "Resolver") };
return Object.assign(dns, shared, { ADDRCONFIG: 32, ALL: 16, V4MAPPED: 8, Resolver: resolverClass(dns, "Resolver"), promises });
