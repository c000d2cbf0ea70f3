// node:path/posix
return internal.load("node/path");
