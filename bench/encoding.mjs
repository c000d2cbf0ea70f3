// make bench B=encoding: TextEncoder and TextDecoder, beside the peers in one run (kernels.mjs; the kernels are in workers/encoding.js).
import { compare, print } from "./kernels.mjs";

const at = process.argv.indexOf("--peers");
const names = at < 0 ? ["node", "bun", "deno", "workerd"] : process.argv[at + 1].split(",");
print(await compare("encoding", { names }), names);
