// make bench B=streams: streams made and read by scripts, beside the peers in one run (kernels.mjs; the kernels are in
// workers/streams.js). What streams between sockets is bench/run.mjs's `stream` and `echo`.
import { compare, print } from "./kernels.mjs";

const at = process.argv.indexOf("--peers");
const names = at < 0 ? ["node", "bun", "deno", "workerd"] : process.argv[at + 1].split(",");
print(await compare("streams", { names }), names);
