// node:_tls_common
const { SecureContext, createSecureContext } = internal.load("node/tls");
return { SecureContext, createSecureContext, translatePeerCertificate: (certificate) => certificate ?? null };
