// node:dns/promises
return internal.load("node/dns").promises;
