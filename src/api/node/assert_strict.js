// node:assert/strict
return internal.load("node/assert").strict;
