// node:os: what an isolate is allowed to know of its machine, which is nothing.
const errors = () => internal.load("node/errors"), constants = internal.load("node/constants");
const text = (value) => {
  const fn = () => value;
  fn[Symbol.toPrimitive] = () => value;
  return fn;
};
const os = {
  arch: text("x64"), availableParallelism: text(1), cpus: () => [], endianness: text("LE"), freemem: text(0), getPriority: () => 0, homedir: text("/tmp"),
  hostname: text("localhost"), loadavg: () => [0, 0, 0], machine: text("x86_64"), networkInterfaces: () => ({}), platform: text("linux"), release: text(""),
  setPriority(pid, priority) {
    if (priority === undefined) priority = pid;
    errors().validateInt32(priority, "priority", -20, 19);
  },
  tmpdir: text("/tmp"), totalmem: text(0), type: text("Linux"), uptime: text(0), version: text(""),
  userInfo: (options = undefined) => {
    const s = (v) => (options?.encoding === "buffer" ? internal.load("node/buffer").Buffer.from(v) : v);
    return { uid: 0, gid: 0, username: s("nobody"), homedir: s("/tmp"), shell: null };
  },
  constants: Object.freeze({
    __proto__: null,
    UV_UDP_REUSEADDR: 4,
    dlopen: Object.freeze({ __proto__: null, RTLD_LAZY: 1, RTLD_NOW: 2, RTLD_GLOBAL: 256, RTLD_LOCAL: 0, RTLD_DEEPBIND: 8 }),
    errno: Object.freeze({ __proto__: null, ...constants.errno }),
    signals: Object.freeze({ __proto__: null, ...constants.signals }),
    priority: Object.freeze({
      __proto__: null, PRIORITY_LOW: 19, PRIORITY_BELOW_NORMAL: 10, PRIORITY_NORMAL: 0, PRIORITY_ABOVE_NORMAL: -7, PRIORITY_HIGH: -14, PRIORITY_HIGHEST: -20,
    }),
  }),
  EOL: "\n", devNull: "/dev/null",
};
return os;
