// node:path/win32
return internal.load("node/path").win32;
