// What a case of html.test.mjs asks of a rewriter, whichever it is: `spec.handlers` is a list of [selector or null, edits]; `log` takes what
// handlers see.
const html = { html: true };
const element = {
  set: (e) => e.setAttribute("Data-X", 'a"b&<'),
  drop: (e) => e.removeAttribute("class"),
  rename: (e) => { e.tagName = "x-new"; },
  before: (e) => e.before("<1>").before("<2>", html),
  after: (e) => e.after("<3>").after("<4>", html),
  prepend: (e) => e.prepend("<5>").prepend("<6>", html),
  append: (e) => e.append("<7>").append("<8>", html),
  replace: (e) => e.replace("<9>", html),
  inner: (e) => e.setInnerContent("<10> & é"),
  remove: (e) => e.remove(),
  unwrap: (e) => e.removeAndKeepContent(),
};

export function install(rewriter, spec, log) {
  spec.handlers.forEach(([selector, edits], n) => {
    const handlers = {
      element(e) {
        log.push([n, e.tagName, [...e.attributes], e.removed, e.getAttribute("id")]);
        for (const edit of edits) element[edit]?.(e);
        if (edits.includes("end")) {
          try {
            e.onEndTag((end) => {
              log.push([n, "end", end.name]);
              end.before("[").after("]", html);
            });
          } catch {
            log.push([n, "no end tag"]);
          }
        }
      },
    };
    if (edits.includes("comments"))
      handlers.comments = (c) => {
        log.push([n, "comment", c.text]);
        c.before("(", html).after(")", html);
      };
    if (edits.includes("text")) {
      let text = "";
      handlers.text = (t) => { // how text is cut is nobody's business
        text += t.text;
        if (!t.lastInTextNode) return;
        log.push([n, "text", text]);
        text = "";
        t.after("|");
      };
    }
    if (selector === null) {
      delete handlers.element;
      handlers.doctype = (d) => { log.push(["doctype", d.name, d.publicId, d.systemId]); };
      handlers.end = (end) => end.append("<end>", html);
      rewriter.onDocument(handlers);
    } else rewriter.on(selector, handlers);
  });
  return rewriter;
}

/** Pieces of the document's bytes, cut as the case says. */
export function* pieces(spec) {
  const bytes = new TextEncoder().encode(spec.html);
  for (let at = 0; at < bytes.length; at += spec.cut) yield bytes.slice(at, at + spec.cut);
}
