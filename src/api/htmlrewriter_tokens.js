// What handlers of HTMLRewriter get: elements, end tags, comments, text, doctypes, the document's end. Each object stands for the
// thing that the rewriter has at hand while one handler runs; afterwards it is dead.
const { IteratorPrototype, MapPrototypeSet, ObjectSetPrototypeOf, TypeError, Error } = primordials;
const lazy = internal.load, token = internal.token;
const {
  insert, insertStream, remove, removeKeep, removed, name, setName, namespace, onEndTag, attribute, getAttribute, hasAttribute,
  setAttribute, removeAttribute, text, last, comment, setComment, doctype,
} = internal.htmlrewriter;

const BEFORE = 0, AFTER = 1, PREPEND = 2, APPEND = 3, REPLACE = 4, INNER = 5; // enum html_place

// A token's run: { handle, streams, endTags, nextEnd } of htmlrewriter.js, null when it is dead.
const dead = () => new TypeError(
  "This content token is no longer valid. Content tokens are only valid during the execution of the relevant content handler.");
const live = (run) => {
  if (run === null) throw dead();
  return run;
};
const asText = (v) => (typeof v === "string" ? v : `${v}`);

// before(), append() ...: text, or a stream (of a Response too) that is read when its place has been reached.
function put(run, place, content, options) {
  live(run);
  let isHTML = false;
  if (options !== undefined && options !== null) {
    if (typeof options !== "object" && typeof options !== "function") throw new TypeError("The options are not an object.");
    isHTML = !!options.html;
  }
  if (typeof content === "object" && content !== null) {
    const response = lazy("response");
    let stream = content;
    if (response.isResponse(content)) stream = content.body;
    else if (!lazy("streams").isReadableStream(content)) stream = undefined;
    if (stream === null) content = "";
    else if (stream !== undefined) {
      const number = run.streams.length;
      run.streams[number] = { __proto__: null, stream, isHTML };
      insertStream(run.handle, place, number);
      return;
    }
  }
  content = asText(content);
  insert(live(run).handle, place, content, isHTML);
}

class AttributesIterator {
  #run;
  #at = 0;
  #changed = false;
  constructor(key, run) {
    if (key !== token) throw new TypeError("Illegal constructor");
    this.#run = run;
  }
  next() {
    if (this.#changed)
      throw new Error("The attributes of this element have been modified during iteration. " +
        "You must create a new iterator after modifying attributes.");
    const pair = attribute(live(this.#run).handle, this.#at);
    if (pair === null) return { done: true, value: undefined };
    this.#at++;
    return { done: false, value: pair };
  }
  static {
    endIterator = (it, changed) => {
      it.#changed = changed;
      if (!changed) it.#run = null;
    };
  }
}
var endIterator;
ObjectSetPrototypeOf(AttributesIterator.prototype, IteratorPrototype);
internal.shape(AttributesIterator, "AttributesIterator");

var end; // end(token): its handler is done

class Element {
  #run;
  #iterators = null;
  constructor(key, run) {
    if (key !== token) throw new TypeError("Illegal constructor");
    this.#run = run;
  }
  #changing() {
    if (this.#iterators === null) return;
    for (let i = 0; i < this.#iterators.length; i++) endIterator(this.#iterators[i], true);
  }
  get tagName() { return name(live(this.#run).handle); }
  set tagName(v) {
    v = asText(v);
    setName(live(this.#run).handle, v);
  }
  get attributes() {
    const it = new AttributesIterator(token, live(this.#run));
    this.#iterators ??= [];
    this.#iterators[this.#iterators.length] = it;
    return it;
  }
  get removed() { return removed(live(this.#run).handle); }
  get namespaceURI() { return namespace(live(this.#run).handle); }
  getAttribute(attributeName) {
    attributeName = asText(attributeName);
    return getAttribute(live(this.#run).handle, attributeName);
  }
  hasAttribute(attributeName) {
    attributeName = asText(attributeName);
    return hasAttribute(live(this.#run).handle, attributeName);
  }
  setAttribute(attributeName, value) {
    attributeName = asText(attributeName);
    value = asText(value);
    setAttribute(live(this.#run).handle, attributeName, value);
    this.#changing();
    return this;
  }
  removeAttribute(attributeName) {
    attributeName = asText(attributeName);
    removeAttribute(live(this.#run).handle, attributeName);
    this.#changing();
    return this;
  }
  before(content, options = undefined) { return put(this.#run, BEFORE, content, options), this; }
  after(content, options = undefined) { return put(this.#run, AFTER, content, options), this; }
  prepend(content, options = undefined) { return put(this.#run, PREPEND, content, options), this; }
  append(content, options = undefined) { return put(this.#run, APPEND, content, options), this; }
  replace(content, options = undefined) { return put(this.#run, REPLACE, content, options), this; }
  setInnerContent(content, options = undefined) { return put(this.#run, INNER, content, options), this; }
  remove() { return remove(live(this.#run).handle), this; }
  removeAndKeepContent() { return removeKeep(live(this.#run).handle), this; }
  onEndTag(handler) {
    const run = live(this.#run);
    if (typeof handler !== "function")
      throw new TypeError("Failed to execute 'onEndTag' on 'Element': parameter 1 is not of type 'function'.");
    if (!onEndTag(run.handle, run.nextEnd)) throw new TypeError("Parser error: No end tag.");
    MapPrototypeSet(run.endTags, run.nextEnd++, handler);
  }
  static {
    end = (t) => {
      if (t.#iterators !== null) for (let i = 0; i < t.#iterators.length; i++) endIterator(t.#iterators[i], false);
      t.#run = null;
    };
  }
}
const endElement = end;

class EndTag {
  #run;
  constructor(key, run) {
    if (key !== token) throw new TypeError("Illegal constructor");
    this.#run = run;
  }
  get name() { return name(live(this.#run).handle); }
  set name(v) {
    v = asText(v);
    setName(live(this.#run).handle, v);
  }
  before(content, options = undefined) { return put(this.#run, BEFORE, content, options), this; }
  after(content, options = undefined) { return put(this.#run, AFTER, content, options), this; }
  remove() { return remove(live(this.#run).handle), this; }
  static { end = (t) => { t.#run = null; }; }
}
const endEndTag = end;

class Comment {
  #run;
  constructor(key, run) {
    if (key !== token) throw new TypeError("Illegal constructor");
    this.#run = run;
  }
  get text() { return comment(live(this.#run).handle); }
  set text(v) {
    v = asText(v);
    setComment(live(this.#run).handle, v);
  }
  get removed() { return removed(live(this.#run).handle); }
  before(content, options = undefined) { return put(this.#run, BEFORE, content, options), this; }
  after(content, options = undefined) { return put(this.#run, AFTER, content, options), this; }
  replace(content, options = undefined) { return put(this.#run, REPLACE, content, options), this; }
  remove() { return remove(live(this.#run).handle), this; }
  static { end = (t) => { t.#run = null; }; }
}
const endComment = end;

class Text {
  #run;
  constructor(key, run) {
    if (key !== token) throw new TypeError("Illegal constructor");
    this.#run = run;
  }
  get text() { return text(live(this.#run).handle); }
  get lastInTextNode() { return last(live(this.#run).handle); }
  get removed() { return removed(live(this.#run).handle); }
  before(content, options = undefined) { return put(this.#run, BEFORE, content, options), this; }
  after(content, options = undefined) { return put(this.#run, AFTER, content, options), this; }
  replace(content, options = undefined) { return put(this.#run, REPLACE, content, options), this; }
  remove() { return remove(live(this.#run).handle), this; }
  static { end = (t) => { t.#run = null; }; }
}
const endText = end;

class Doctype {
  #run;
  constructor(key, run) {
    if (key !== token) throw new TypeError("Illegal constructor");
    this.#run = run;
  }
  get name() { return doctype(live(this.#run).handle)[0]; }
  get publicId() { return doctype(live(this.#run).handle)[1]; }
  get systemId() { return doctype(live(this.#run).handle)[2]; }
  static { end = (t) => { t.#run = null; }; }
}
const endDoctype = end;

class DocumentEnd {
  #run;
  constructor(key, run) {
    if (key !== token) throw new TypeError("Illegal constructor");
    this.#run = run;
  }
  append(content, options = undefined) { return put(this.#run, BEFORE, content, options), this; }
  static { end = (t) => { t.#run = null; }; }
}
const endDocumentEnd = end;

internal.shape(Element, "Element");
internal.shape(EndTag, "EndTag");
internal.shape(Comment, "Comment");
internal.shape(Text, "Text");
internal.shape(Doctype, "Doctype");
internal.shape(DocumentEnd, "DocumentEnd");

// By enum html_event, from HTML_ON_ELEMENT on: [class, what ends it].
return [[Element, endElement], [Text, endText], [Comment, endComment], [Doctype, endDoctype], [EndTag, endEndTag],
  [DocumentEnd, endDocumentEnd]];
