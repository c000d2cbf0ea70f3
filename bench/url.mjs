// make bench B=url: URL and URLSearchParams, beside the peers in one run (kernels.mjs; the kernels are in workers/url.js).
import { compare, print } from "./kernels.mjs";

const at = process.argv.indexOf("--peers");
const names = at < 0 ? ["node", "bun", "deno", "workerd"] : process.argv[at + 1].split(",");
print(await compare("url", { names }), names);
