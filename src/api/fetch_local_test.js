// Could pass wrongly if fetch() asked edge: in this test nobody answers there.
const get = async (url, init) => {
  const r = await fetch(url, init);
  return [r.status, r.headers.get("content-type"), await r.text()];
};

test("data: URLs", async () => {
  assertDeepEq(await get("data:,a%20b#c"), [200, "text/plain;charset=US-ASCII", "a b"]);
  assertDeepEq(await get("data:;charset=utf-8,%E2%82%AC"), [200, "text/plain;charset=utf-8", "\u20ac"]);
  assertDeepEq(await get("data:Text/HTML ;a=b; base64,PGI+"), [200, "text/html;a=b", "<b>"]);
  assertDeepEq(await get("data:x/y;base64,%20P%47I%2B"), [200, "x/y", "<b>"]);
  assertDeepEq(await get("data:nonsense,x", { method: "HEAD" }), [200, "text/plain;charset=US-ASCII", ""]);
  for (const url of ["data:text/plain", "data:;base64,a", "data:;base64,ab=", "data:;base64,?"])
    await assertRejects(fetch(url), TypeError);
  const r = await fetch("data:,x");
  assertEq(r.url, "data:,x");
  assertEq(r.type, "basic");
  assertThrows(() => r.headers.set("a", "b"), TypeError);
});

test("blob: URLs live until they are revoked, and a Request keeps its Blob", async () => {
  const url = URL.createObjectURL(new Blob(["hello"], { type: "a/b" }));
  assert(/^blob:null\/[0-9a-f-]{36}$/.test(url), url);
  assertDeepEq(await get(`${url}#x`), [200, "a/b", "hello"]);
  assertDeepEq(await get(url, { headers: { range: "bytes=1-2" } }), [206, "a/b", "el"]);
  assertDeepEq(await get(url, { headers: { range: "bytes=-2" } }), [206, "a/b", "lo"]);
  await assertRejects(fetch(url, { headers: { range: "bytes=9-" } }), TypeError);
  await assertRejects(fetch(url, { method: "POST" }), TypeError);
  await assertRejects(fetch(`${url}?x`), TypeError);
  const kept = new Request(url);
  URL.revokeObjectURL(url);
  assertEq(await (await fetch(kept.clone())).text(), "hello");
  await assertRejects(fetch(url), TypeError);
  assertThrows(() => URL.createObjectURL({}), TypeError);
});

test("FileReader reads as text, bytes and data: URLs, and says so in order", async () => {
  const read = (how, blob, ...rest) =>
    new Promise((ok, no) => {
      const r = new FileReader();
      r.onload = () => ok(r.result);
      r.onerror = () => no(r.error);
      r[how](blob, ...rest);
      assertEq(r.readyState, FileReader.LOADING);
      assertThrows(() => r[how](blob), DOMException);
    });
  assertEq(await read("readAsText", new Blob([new Uint8Array([0xff, 0xfe, 65, 0])])), "A");
  assertEq(await read("readAsText", new Blob([new Uint8Array([0xe9])]), "latin1"), "\u00e9");
  assertEq(await read("readAsText", new Blob([new Uint8Array([0xe9])], { type: "a/b;charset=latin1" })), "\u00e9");
  assertEq(await read("readAsDataURL", new Blob(["<b>"], { type: "a/b" })), "data:a/b;base64,PGI+");
  assertEq(await read("readAsBinaryString", new Blob([new Uint8Array([1, 255])])), "\x01\xff");
  assertDeepEq([...new Uint8Array(await read("readAsArrayBuffer", new Blob(["ab"])))], [97, 98]);

  const seen = [];
  await new Promise((ok) => {
    const r = new FileReader();
    for (const type of ["loadstart", "progress", "load", "loadend"])
      r.addEventListener(type, (e) => {
        seen.push(`${type} ${e.loaded}/${e.total}`);
        Promise.resolve().then(() => seen.push("microtask"));
        if (type === "loadend") ok();
      });
    r.readAsText(new Blob(["abc"]));
  });
  assertDeepEq(seen.slice(-4, -1), ["load 3/3", "microtask", "loadend 3/3"]);
  const r = new FileReader();
  r.readAsText(new Blob(["x"]));
  let ended = 0;
  r.onloadend = () => ended++;
  r.abort();
  assertEq(ended, 1);
  assertEq(r.result, null);
  await new Promise((ok) => setTimeout(ok, 10));
  assertEq(ended, 1);
});
