// node:readline/promises
const base = internal.load("node/readline");

class Interface extends base.Interface {
  question(query, options) {
    return new Promise((resolve) => super.question(query, options, resolve));
  }
}

// Commands for a terminal, of which there is none.
class Readline {
  clearLine() {
    return this;
  }
  clearScreenDown() {
    return this;
  }
  cursorTo() {
    return this;
  }
  moveCursor() {
    return this;
  }
  rollback() {
    return this;
  }
  async commit() {}
}

return { Interface, Readline, createInterface: (input, output) => new Interface(input, output) };
