// Kernels of bench/url.mjs: /?kernel=NAME&n=TIMES runs one that many times over the list.
const list = [
  "https://example.com/",
  "https://www.example.com/path/to/page?query=string&other=value#section",
  "https://en.wikipedia.org/wiki/Uniform_Resource_Locator",
  "https://github.com/user/repo/blob/main/src/file.c#L10-L20",
  "https://cdn.example.net/assets/app.3f2a1c.js",
  "http://localhost:8787/api/v1/users/42",
  "https://api.example.com/v2/search?q=hello%20world&limit=20&offset=40&sort=-created",
  "https://shop.example.co.uk/products/blue-widget?utm_source=newsletter&utm_medium=email&utm_campaign=spring",
  "https://images.example.org/i/2024/05/17/photo-large.webp?w=800&h=600&fit=crop&auto=format",
  "https://user:secret@ftp.example.com:8443/private/area",
  "https://maps.example.com/dir/51.5007,-0.1246/48.8584,2.2945/@50,1,8z",
  "https://example.com/a/./b/../c//d/%7Euser/index.html",
  "HTTPS://EXAMPLE.com:443/Upper/Case?A=B",
  "https://m\u00fcnchen.example/stra\u00dfe?gr\u00f6\u00dfe=gro\u00df",
  "https://\u4f8b\u3048.jp/\u30c6\u30b9\u30c8",
  "https://[2001:db8::1]:8080/status",
  "http://192.168.0.1/admin/login.php?next=%2Fdashboard",
  "https://video.example.com/watch?v=dQw4w9WgXcQ&t=43s&list=PL1234567890",
  "data:text/plain;base64,SGVsbG8sIFdvcmxkIQ==",
  "mailto:someone@example.com?subject=hi",
  "ws://chat.example.com/socket?token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
  "https://news.example.com/2024/06/01/a-long-headline-about-something-that-happened-somewhere-today",
  "https://example.com/search?q=" + "a+b+c+".repeat(10),
  "https://s3.eu-west-1.amazonaws.example/bucket/key/with/many/segments/file.tar.gz?X-Amz-Expires=3600&X-Amz-Signature=abcdef0123456789",
];
const plain = list.filter((u) => /^https?:\/\/[a-z0-9.]+\//.test(u) && !/[^\x21-\x7e]|\/\.|%/.test(u));
const kernels = {
  parse() {
    let sum = 0;
    for (let i = 0; i < list.length; i++) sum += new URL(list[i]).href.length;
    return sum;
  },
  "parse, https only"() {
    let sum = 0;
    for (let i = 0; i < plain.length; i++) sum += new URL(plain[i]).href.length;
    return sum;
  },
  "parse and read"() {
    let sum = 0;
    for (let i = 0; i < list.length; i++) {
      const u = new URL(list[i]);
      sum += u.protocol.length + u.hostname.length + u.port.length + u.pathname.length + u.search.length + u.hash.length;
    }
    return sum;
  },
  relative() {
    let sum = 0;
    for (let i = 0; i < plain.length; i++) sum += new URL("../x/y.html?z=1", plain[i]).href.length;
    return sum;
  },
  canParse() {
    let sum = 0;
    for (let i = 0; i < list.length; i++) if (URL.canParse(list[i])) sum++;
    return sum;
  },
  searchParams() {
    let sum = 0;
    for (let i = 0; i < list.length; i++) {
      const q = new URL(list[i]).searchParams;
      sum += (q.get("q") ?? "").length + q.size;
    }
    return sum;
  },
  setters() {
    let sum = 0;
    for (let i = 0; i < plain.length; i++) {
      const u = new URL(plain[i]);
      u.pathname = "/new/path";
      u.search = "?a=b";
      u.hash = "";
      sum += u.href.length;
    }
    return sum;
  },
};
export default {
  async fetch(request) {
    const q = new URL(request.url).searchParams;
    const kernel = kernels[q.get("kernel")];
    if (!kernel) return Response.json(Object.keys(kernels));
    let sum = 0;
    for (let i = Number(q.get("n")); i > 0; i--) sum += kernel();
    return new Response(String(sum));
  },
};
