// node:_stream_duplex, an old name.
const { Duplex } = internal.load("node/stream");
Duplex.Duplex ??= Duplex;
return Duplex;
