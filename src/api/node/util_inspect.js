// util.inspect() and util.format().
const lazy = internal.load;
const inspect = (value, options) => lazy("inspect").inspect(value, options);
inspect.custom = Symbol.for("nodejs.util.inspect.custom");
const format = (...args) => lazy("inspect").format(args);
return { inspect, format, formatWithOptions: (options, ...args) => format(...args) };
