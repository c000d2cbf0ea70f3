// node:sys, the old name of node:util.
return internal.load("node/util");
