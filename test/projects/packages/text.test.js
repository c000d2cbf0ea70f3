// uuid, nanoid, marked, @noble/hashes
import { match, notStrictEqual, ok, strictEqual } from "node:assert";
import { blake3 } from "@noble/hashes/blake3.js";
import { hmac } from "@noble/hashes/hmac.js";
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { keccak_256, sha3_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, randomBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { Marked, marked } from "marked";
import { customAlphabet, nanoid } from "nanoid";
import * as uuid from "uuid";

export const identifiers = {
  test() {
    match(uuid.v4(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    strictEqual(uuid.v5("hello.example.com", uuid.v5.DNS), "fdda765f-fc57-5604-a269-52a7df8164ec");
    strictEqual(uuid.v3("hello.example.com", uuid.v3.DNS), "9125a8dc-52ee-365b-a5aa-81b0b3681cf6");
    strictEqual(uuid.version(uuid.v7()), 7);
    ok(uuid.v7({ msecs: 1 }) < uuid.v7({ msecs: 2 }));
    ok(!uuid.validate("x"));
    const ids = new Set(Array.from({ length: 1000 }, () => nanoid()));
    strictEqual(ids.size, 1000);
    for (const id of ids) match(id, /^[A-Za-z0-9_-]{21}$/);
    match(customAlphabet("ab", 40)(), /^[ab]{40}$/);
  },
};
export const markdown = {
  async test() {
    strictEqual(
      marked.parse("# Hi *there*\n\n- a\n- [b](https://x.example/?a=1&b=2)\n\n| h |\n|---|\n| c |\n\n```js\na < b\n```\n"),
      '<h1>Hi <em>there</em></h1>\n<ul>\n<li>a</li>\n<li><a href="https://x.example/?a=1&amp;b=2">b</a></li>\n</ul>\n' +
        "<table>\n<thead>\n<tr>\n<th>h</th>\n</tr>\n</thead>\n<tbody><tr>\n<td>c</td>\n</tr>\n</tbody></table>\n" +
        '<pre><code class="language-js">a &lt; b\n</code></pre>\n');
    const own = new Marked({ async: true, walkTokens: async (t) => void (t.type === "link" && (t.href = "/x")) });
    strictEqual(await own.parse("[a](b)"), '<p><a href="/x">a</a></p>\n');
  },
};
export const hashes = {
  async test() {
    const hex = (h, s) => bytesToHex(h(utf8ToBytes(s)));
    strictEqual(hex(sha256, "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    strictEqual(hex(sha3_256, ""), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
    strictEqual(hex(keccak_256, ""), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    strictEqual(hex(blake3, ""), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    const native = new Uint8Array(await crypto.subtle.digest("SHA-512", utf8ToBytes("x".repeat(1000))));
    strictEqual(hex(sha512, "x".repeat(1000)), bytesToHex(native));
    strictEqual(bytesToHex(hmac(sha256, utf8ToBytes("Jefe"), utf8ToBytes("what do ya want for nothing?"))),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"); // RFC 4231, case 2
    strictEqual(bytesToHex(await pbkdf2Async(sha256, "password", "salt", { c: 2, dkLen: 32 })),
      "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43");
    strictEqual(bytesToHex(await scryptAsync("", "", { N: 16, r: 1, p: 1, dkLen: 64 })).slice(0, 32), "77d6576238657b203b19ca42c18a0497");
    notStrictEqual(bytesToHex(randomBytes(16)), bytesToHex(randomBytes(16)));
  },
};
