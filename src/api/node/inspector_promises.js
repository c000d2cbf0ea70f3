// node:inspector/promises
return internal.load("node/inspector");
