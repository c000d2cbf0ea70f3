// node:readline: there is no terminal, but lines of a stream can be read: createInterface({ input }) gives "line" events and is
// an async iterable. Without an input it is an interface at which nobody sits.
const EventEmitter = internal.load("node/events");
const { codes } = internal.load("node/codes");
const lazyDecoder = () => internal.load("node/string_decoder").StringDecoder;

const MOST_LINE = 16 * 1024 * 1024; // code units of one line

class Interface extends EventEmitter {
  terminal = false;
  line = "";
  cursor = 0;
  closed = false;
  #input;
  #output;
  #prompt = "";
  #rest = "";
  #cr = false; // the last chunk ended with \r: a \n that follows is part of it
  #decoder;
  #question;
  #listeners;
  constructor(input, output) {
    super();
    const options = input !== null && typeof input === "object" && !input.on && input.input ? input : { input, output };
    if (options.prompt !== undefined) this.#prompt = `${options.prompt}`;
    this.#output = options.output;
    if (options.input && typeof options.input.on === "function") this.#listen(options.input);
    if (options.signal) {
      if (options.signal.aborted) queueMicrotask(() => this.close());
      else options.signal.addEventListener("abort", () => this.close(), { once: true });
    }
  }
  get input() {
    return this.#input;
  }
  get output() {
    return this.#output;
  }
  #listen(input) {
    this.#input = input;
    this.#decoder = new (lazyDecoder())("utf8");
    const data = (chunk) => this.#chunk(typeof chunk === "string" ? chunk : this.#decoder.write(chunk));
    const end = () => {
      this.#chunk(this.#decoder.end());
      if (this.#rest !== "") this.#give(this.#rest);
      this.#rest = "";
      this.close();
    };
    const error = (e) => this.emit("error", e);
    this.#listeners = { data, end, error };
    for (const name of Object.keys(this.#listeners)) input.on(name, this.#listeners[name]);
    input.resume?.();
  }
  #chunk(text) {
    if (this.#cr && text[0] === "\n") text = text.slice(1);
    if (text !== "") this.#cr = text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop();
    if (this.#rest.length > MOST_LINE) {
      this.#rest = "";
      this.emit("error", new codes.ERR_OUT_OF_RANGE("line", `<= ${MOST_LINE} characters`, "more"));
    }
    for (const line of lines) this.#give(line);
  }
  #give(line) {
    if (this.closed) return;
    this.line = "";
    const answer = this.#question;
    if (!answer) return void this.emit("line", line);
    this.#question = undefined;
    answer(line);
  }
  getPrompt() {
    return this.#prompt;
  }
  setPrompt(prompt) {
    this.#prompt = `${prompt}`;
  }
  prompt() {
    if (this.#prompt !== "") this.#output?.write?.(this.#prompt);
  }
  question(query, options, callback) {
    if (typeof options === "function") callback = options;
    this.#output?.write?.(`${query}`);
    if (typeof callback !== "function") return;
    if (this.#input) this.#question = callback;
    else callback(""); // nobody will ever answer
  }
  pause() {
    this.#input?.pause?.();
    this.emit("pause");
    return this;
  }
  resume() {
    this.#input?.resume?.();
    this.emit("resume");
    return this;
  }
  write(data) {
    if (typeof data === "string" && this.#input) this.#chunk(data);
  }
  close() {
    if (this.closed) return;
    this.closed = true;
    if (this.#listeners) for (const name of Object.keys(this.#listeners)) this.#input.removeListener(name, this.#listeners[name]);
    this.#input?.pause?.();
    this.emit("close");
  }
  getCursorPos() {
    return { rows: 0, cols: 0 };
  }
  [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() {
    this.close();
  }
  [Symbol.asyncIterator]() {
    const waiting = [], lines = [];
    let ended = false;
    const next = () => {
      if (lines.length > 0) return Promise.resolve({ value: lines.shift(), done: false });
      return ended ? Promise.resolve({ value: undefined, done: true }) : new Promise((resolve) => waiting.push(resolve));
    };
    this.on("line", (line) => {
      if (waiting.length > 0) return waiting.shift()({ value: line, done: false });
      lines.push(line);
      if (lines.length > 1024) this.pause();
    });
    this.once("close", () => {
      ended = true;
      while (waiting.length > 0) waiting.shift()({ value: undefined, done: true });
    });
    const self = this;
    return {
      next() {
        if (lines.length === 1) self.#input?.resume?.();
        return next();
      },
      async return() {
        self.close();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

const no = (name) => ({ [name]: () => false })[name];
const readline = {
  Interface, clearLine: no("clearLine"), clearScreenDown: no("clearScreenDown"), cursorTo: no("cursorTo"), moveCursor: no("moveCursor"),
  createInterface: (input, output) => new Interface(input, output),
  emitKeypressEvents() {},
};
Object.defineProperty(readline, "promises", {
  __proto__: null, enumerable: true, configurable: true, get: () => internal.load("node/readline_promises"),
});
return readline;
