// node:stream, zlib, fs, http as a Worker uses them. Each export is a story; `cusp test` runs them (node.test.mjs).
import assert from "node:assert";
import { Buffer } from "node:buffer";
import fs from "node:fs";
import fsp from "node:fs/promises";
import http from "node:http";
import readline from "node:readline";
import { Duplex, PassThrough, Readable, Transform, Writable, compose, finished, pipeline } from "node:stream";
import { text, json, buffer } from "node:stream/consumers";
import { pipeline as pipelinePromise } from "node:stream/promises";
import zlib from "node:zlib";
import { handleAsNodeRequest, httpServerHandler } from "cloudflare:node";

const upper = () => new Transform({ transform: (chunk, encoding, done) => done(null, `${chunk}`.toUpperCase()) });
const collect = () => {
  const chunks = [];
  const sink = new Writable({ write: (chunk, encoding, done) => (chunks.push(chunk), done()) });
  return Object.assign(sink, { text: () => Buffer.concat(chunks).toString() });
};

export const pipelineEnds = {
  async test() {
    const sink = collect();
    await pipelinePromise(Readable.from(["a", "b"]), upper(), sink);
    assert.strictEqual(sink.text(), "AB");
  },
};

export const pipelineFailsOnce = {
  async test() {
    const seen = [];
    await new Promise((resolve) => {
      pipeline(new Readable({ read() { this.destroy(new Error("no more")); } }), new PassThrough(), (error) => {
        seen.push(error.message);
        resolve();
      });
    });
    assert.deepStrictEqual(seen, ["no more"]);
  },
};

export const writableSaysWhenItIsFull = {
  async test() {
    const waiting = [];
    const w = new Writable({ highWaterMark: 3, write: (chunk, encoding, done) => waiting.push(done) });
    assert.strictEqual(w.write("ab"), true);
    assert.strictEqual(w.write("c"), false);
    const drained = new Promise((resolve) => w.once("drain", resolve));
    waiting.shift()();
    await null;
    waiting.shift()();
    await drained;
    assert.strictEqual(w.writableLength, 0);
  },
};

export const operatorsKeepTheOrder = {
  async test() {
    const slow = async (n) => {
      await scheduler.wait(n % 2 ? 5 : 1);
      return n * n;
    };
    assert.deepStrictEqual(await Readable.from([1, 2, 3, 4]).map(slow, { concurrency: 4 }).filter((n) => n > 1).toArray(), [4, 9, 16]);
    assert.strictEqual(await Readable.from([1, 2, 3]).reduce((a, b) => a + b), 6);
  },
};

export const webStreamsAndBack = {
  async test() {
    const web = Readable.toWeb(Readable.from([Buffer.from("one"), Buffer.from("two")], { objectMode: false }));
    assert.strictEqual(await new Response(web).text(), "onetwo");
    assert.strictEqual(await text(Readable.fromWeb(new Response("three").body)), "three");
    assert.deepStrictEqual(await json(new Response('{"n":4}').body), { n: 4 });
    assert.strictEqual((await buffer(compose(Readable.from(["x"]), upper()))).toString(), "X");
  },
};

export const abortDestroys = {
  async test() {
    const ac = new AbortController();
    const r = new Readable({ read() {}, signal: ac.signal });
    const error = new Promise((resolve) => finished(r, resolve));
    ac.abort();
    assert.strictEqual((await error).name, "AbortError");
    assert.strictEqual(r.destroyed, true);
  },
};

export const everyFormatRoundTrips = {
  async test() {
    const input = Buffer.from("round and round and round it goes ".repeat(400));
    for (const [pack, unpack] of [["gzipSync", "gunzipSync"], ["deflateSync", "inflateSync"], ["deflateRawSync", "inflateRawSync"],
                                  ["brotliCompressSync", "brotliDecompressSync"], ["zstdCompressSync", "zstdDecompressSync"]]) {
      const packed = zlib[pack](input);
      assert.ok(packed.length < input.length / 5, pack);
      assert.ok(zlib[unpack](packed).equals(input), unpack);
      assert.throws(() => zlib[unpack](packed.subarray(0, packed.length >> 1)), /unexpected end of file/);
    }
    assert.ok(zlib.unzipSync(zlib.gzipSync(input)).equals(input));
    assert.strictEqual(zlib.crc32("123456789"), 0xcbf43926);
  },
};

export const zlibStreamsInSmallPieces = {
  async test() {
    const input = Buffer.alloc(300_000, "abcdefghij");
    const out = await buffer(Readable.from([input.subarray(0, 7), input.subarray(7)]).compose(zlib.createGzip({ chunkSize: 64 })).compose(zlib.createGunzip()));
    assert.ok(out.equals(input));
  },
};

export const tooMuchOutputIsRefused = {
  test() {
    const bomb = zlib.gzipSync(Buffer.alloc(1_000_000));
    assert.throws(() => zlib.gunzipSync(bomb, { maxOutputLength: 999_999 }), { code: "ERR_BUFFER_TOO_LARGE" });
    assert.strictEqual(zlib.gunzipSync(bomb, { maxOutputLength: 1_000_000 }).length, 1_000_000);
  },
};

export const filesOfAnEvent = {
  async test() {
    assert.deepStrictEqual(fs.readdirSync("/"), ["bundle", "tmp", "dev"]);
    assert.deepStrictEqual(fs.readdirSync("/tmp"), []);
    fs.mkdirSync("/tmp/a/b", { recursive: true });
    fs.writeFileSync("/tmp/a/b/c.txt", "one");
    fs.appendFileSync("/tmp/a/b/c.txt", " two");
    fs.symlinkSync("b/c.txt", "/tmp/a/link");
    assert.strictEqual(fs.readFileSync("/tmp/a/link", "utf8"), "one two");
    assert.strictEqual(fs.realpathSync("/tmp/a/link"), "/tmp/a/b/c.txt");
    fs.renameSync("/tmp/a/b", "/tmp/a/d");
    assert.throws(() => fs.readFileSync("/tmp/a/link"), { code: "ENOENT" });
    assert.deepStrictEqual(fs.globSync("**/*.txt", { cwd: "/tmp" }), ["a/d/c.txt"]);
    const lines = [];
    for await (const line of readline.createInterface({ input: Readable.from(["x\ny", "\r\nz"]) })) lines.push(line);
    assert.deepStrictEqual(lines, ["x", "y", "z"]);
    await fsp.rm("/tmp/a", { recursive: true });
    assert.deepStrictEqual(fs.readdirSync("/tmp"), []);
    assert.throws(() => fs.writeFileSync("/bundle/x", ""), { code: "EPERM" });
  },
};

// Whoever reads this one after filesOfAnEvent must not find what was there.
export const anotherEventHasItsOwnFiles = {
  async test() {
    assert.ok(!fs.existsSync("/tmp/mine"));
    fs.writeFileSync("/tmp/mine", "1");
    await scheduler.wait(1);
    assert.ok(fs.existsSync("/tmp/mine"));
  },
};
export const yetAnotherEvent = anotherEventHasItsOwnFiles;

export const theModulesAreThere = {
  test() {
    const names = fs.readdirSync("/bundle");
    assert.ok(names.length > 0);
    assert.match(fs.readFileSync(`/bundle/${names[0]}`, "utf8"), /theModulesAreThere/);
  },
};

export const filesAreBounded = {
  test() {
    const fd = fs.openSync("/tmp/big", "w+");
    assert.throws(() => fs.ftruncateSync(fd, 2 ** 27 + 1), /File size limit exceeded/);
    assert.throws(() => {
      for (let i = 0; ; i++) fs.mkdirSync(`/tmp/d${i}`);
    }, { code: "ENOSPC" });
    assert.throws(() => {
      for (;;) fs.openSync("/tmp/big", "r");
    }, { code: "EMFILE" });
    assert.throws(() => fs.writeFileSync("/dev/full", "x"), { code: "ENOSPC" });
  },
};

const serve = async (listener, request, options) => {
  const server = http.createServer(options ?? {}, listener).listen(0);
  try {
    return await handleAsNodeRequest(server, request);
  } finally {
    server.close();
  }
};

export const aNodeServerAnswersRequests = {
  async test() {
    const response = await serve((req, res) => {
      assert.strictEqual(req.url, "/path?q=1");
      assert.strictEqual(req.headers["x-one"], "1");
      let body = "";
      req.setEncoding("utf8");
      req.on("data", (chunk) => (body += chunk));
      req.on("end", () => {
        res.setHeader("Set-Cookie", ["a=1", "b=2"]);
        res.writeHead(201, { "Content-Type": "text/plain" });
        res.write("got ");
        res.end(body);
      });
    }, new Request("https://example.com/path?q=1", { method: "POST", body: "hello", headers: { "x-one": "1" } }));
    assert.strictEqual(response.status, 201);
    assert.deepStrictEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.strictEqual(await response.text(), "got hello");
  },
};

export const aNodeServerStreams = {
  async test() {
    const response = await serve((req, res) => {
      let n = 0;
      const more = () => {
        while (n < 40) if (!res.write(Buffer.alloc(32 * 1024, n++))) return void res.once("drain", more);
        res.end();
      };
      more();
    }, new Request("https://example.com/"));
    assert.strictEqual((await response.arrayBuffer()).byteLength, 40 * 32 * 1024);
  },
};

export const statusesWithoutBody = {
  async test() {
    const response = await serve((req, res) => {
      res.statusCode = 204;
      res.end();
    }, new Request("https://example.com/"));
    assert.strictEqual(response.status, 204);
    assert.strictEqual(response.body, null);
    await assert.rejects(handleAsNodeRequest(1, new Request("https://example.com/")), /Http server with port 1 not found/);
    assert.throws(() => httpServerHandler({}), /Failed to determine port/);
  },
};

export const clientsCannotBeLedAstray = {
  test() {
    for (const path of ["//evil.test/", "https://evil.test/", "\\\\evil.test", "/\\evil.test"])
      assert.throws(() => http.request({ hostname: "good.test", path }), { code: "ERR_INVALID_ARG_VALUE" });
    assert.throws(() => http.request({ hostname: "good.test", path: "/a b" }), { code: "ERR_UNESCAPED_CHARACTERS" });
  },
};

export const callersCanBeAsked = {
  test() {
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = (object, sites) => sites;
    const object = {};
    (function asked() {
      Error.captureStackTrace(object);
    })();
    Error.prepareStackTrace = before;
    assert.strictEqual(object.stack[0].getFunctionName(), "asked");
    assert.ok(object.stack[0].getLineNumber() > 1);
  },
};
