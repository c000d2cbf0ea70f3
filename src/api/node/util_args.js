// util.parseArgs(). https://nodejs.org/api/util.html#utilparseargsconfig
const { Object } = primordials;
const lazy = internal.load;
const errors = () => lazy("node/errors");

const value = (token) => token.value ?? true;
// Command line to tokens: { kind: "option" | "positional" | "option-terminator", ... }
function tokenize(args, options) {
  const tokens = [], queue = [...args];
  const byShort = (short) => Object.keys(options).find((name) => options[name].short === short) ?? short;
  const typeOf = (name) => (Object.hasOwn(options, name) ? options[name].type : undefined);
  let index = -1, group = 0;
  while (queue.length > 0) {
    const arg = queue.shift(), next = queue[0];
    if (group > 0) group--;
    else index++;
    if (arg === "--") {
      tokens.push({ kind: "option-terminator", index });
      for (const rest of queue) tokens.push({ kind: "positional", index: ++index, value: rest });
      break;
    }
    const option = (name, rawName, v, inlineValue) => tokens.push({ kind: "option", name, rawName, index, value: v, inlineValue });
    // The next argument is the value of this option.
    const takes = (name) => typeOf(name) === "string" && next !== undefined;
    if (/^-[^-]$/.test(arg)) {
      const name = byShort(arg[1]), at = index;
      if (takes(name)) {
        queue.shift();
        tokens.push({ kind: "option", name, rawName: arg, index: at, value: next, inlineValue: false });
        index++;
      } else option(name, arg, undefined, undefined);
    } else if (/^-[^-]./.test(arg)) {
      const name = byShort(arg[1]);
      if (typeOf(name) === "string") {
        option(name, `-${arg[1]}`, arg.slice(2), true);
        continue;
      }
      const parts = [];
      for (let i = 1; i < arg.length; i++) {
        const n = byShort(arg[i]);
        if (typeOf(n) !== "string" || i === arg.length - 1) parts.push(`-${arg[i]}`);
        else {
          parts.push(`-${arg.slice(i)}`);
          break;
        }
      }
      queue.unshift(...parts);
      group = parts.length;
    } else if (/^--[^=]+$/.test(arg)) {
      const name = arg.slice(2), at = index;
      if (takes(name)) {
        queue.shift();
        tokens.push({ kind: "option", name, rawName: arg, index: at, value: next, inlineValue: false });
        index++;
      } else option(name, arg, undefined, undefined);
    } else if (/^--[^=]+=/.test(arg)) {
      const eq = arg.indexOf("=");
      option(arg.slice(2, eq), arg.slice(0, eq), arg.slice(eq + 1), true);
    } else tokens.push({ kind: "positional", index, value: arg });
  }
  return tokens;
}
function parseArgs(config = {}) {
  errors().validateObject(config, "config");
  const { strict = true, allowPositionals = !strict, tokens: wantTokens = false, allowNegative = false, options = {} } = config;
  const args = config.args ?? lazy("node/process").argv.slice(2);
  errors().validateArray(args, "args");
  errors().validateBoolean(strict, "strict");
  errors().validateBoolean(allowPositionals, "allowPositionals");
  errors().validateBoolean(wantTokens, "tokens");
  errors().validateBoolean(allowNegative, "allowNegative");
  errors().validateObject(options, "options");
  for (const [name, o] of Object.entries(options)) {
    errors().validateObject(o, `options.${name}`);
    errors().validateOneOf(o.type, `options.${name}.type`, ["string", "boolean"]);
    if (Object.hasOwn(o, "short")) {
      errors().validateString(o.short, `options.${name}.short`);
      if (o.short.length !== 1) throw errors().invalidArgValue(`options.${name}.short`, o.short, "must be a single character");
    }
    if (Object.hasOwn(o, "multiple")) errors().validateBoolean(o.multiple, `options.${name}.multiple`);
    if (o.default !== undefined)
      for (const v of o.multiple ? (errors().validateArray(o.default, `options.${name}.default`), o.default) : [o.default])
        o.type === "string" ? errors().validateString(v, `options.${name}.default`) : errors().validateBoolean(v, `options.${name}.default`);
  }
  const tokens = tokenize(args, options), result = { values: { __proto__: null }, positionals: [] };
  if (wantTokens) result.tokens = tokens;
  for (const t of tokens) {
    if (t.kind === "positional") {
      if (!allowPositionals)
        throw errors().typeError("ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL", `Unexpected argument '${t.value}'. This command does not take positional arguments`);
      result.positionals.push(t.value);
      continue;
    }
    if (t.kind !== "option") continue;
    let { name } = t, v = value(t);
    if (allowNegative && name.startsWith("no-") && !Object.hasOwn(options, name)) {
      const positive = name.slice(3);
      if (!strict || (Object.hasOwn(options, positive) && options[positive].type === "boolean")) {
        name = positive;
        v = false;
        t.name = positive;
      }
    }
    const o = Object.hasOwn(options, name) ? options[name] : undefined;
    if (strict) {
      if (o === undefined)
        throw errors().typeError("ERR_PARSE_ARGS_UNKNOWN_OPTION",
          `Unknown option '${t.rawName}'${allowPositionals ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- "${t.rawName}"` : ""}`);
      const short = o.short ? `-${o.short}, ` : "";
      if (o.type === "string" && typeof v !== "string") throw errors().typeError("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${short}--${name} <value>' argument missing`);
      if (o.type === "boolean" && t.value !== undefined) throw errors().typeError("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${short}--${name}' does not take an argument`);
      if (t.inlineValue === false && v.length > 1 && v[0] === "-")
        throw errors().typeError("ERR_PARSE_ARGS_INVALID_OPTION_VALUE",
          `Option '${t.rawName}' argument is ambiguous.\nDid you forget to specify the option argument for '${t.rawName}'?\nTo specify an option argument starting with a dash use '${t.rawName.startsWith("--") ? `${t.rawName}=-XYZ` : `--${name}=-XYZ' or '${t.rawName}-XYZ`}'.`);
    }
    if (name === "__proto__") continue;
    if (o?.multiple) (result.values[name] ??= []).push(v);
    else result.values[name] = v;
  }
  for (const [name, o] of Object.entries(options)) if (o.default !== undefined && result.values[name] === undefined) result.values[name] = o.default;
  return result;
}
return { parseArgs };
