// Bytes of buffers and views, whatever users did to the prototypes.
const {
  ArrayBufferIsView,
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeGetDetached,
  ArrayBufferPrototypeSlice,
  ArrayBufferPrototypeTransfer,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;

function isTypedArray(v) {
  return TypedArrayPrototypeGetSymbolToStringTag(v) !== undefined;
}
// Nearly every view is a typed array: to ask it costs a third of what it costs to ask first whether it is one.
function viewBuffer(v) {
  try {
    return TypedArrayPrototypeGetBuffer(v);
  } catch {
    return DataViewPrototypeGetBuffer(v);
  }
}
function viewByteLength(v) {
  try {
    return TypedArrayPrototypeGetByteLength(v);
  } catch {
    // a DataView
  }
  try {
    return DataViewPrototypeGetByteLength(v);
  } catch {
    return 0; // detached or out of bounds
  }
}
function viewByteOffset(v) {
  try {
    return TypedArrayPrototypeGetByteOffset(v);
  } catch {
    // a DataView
  }
  try {
    return DataViewPrototypeGetByteOffset(v);
  } catch {
    return 0;
  }
}
function isBuffer(v) {
  if (typeof v !== 'object' || v === null) return false;
  try {
    ArrayBufferPrototypeGetByteLength(v);
    return true;
  } catch {
    return false;
  }
}
function isDetached(buffer) {
  return ArrayBufferPrototypeGetDetached(buffer);
}
// Throws TypeError when the buffer cannot be detached (WebAssembly memory, or detached already).
function transferBuffer(buffer) {
  return ArrayBufferPrototypeTransfer(buffer);
}
function copyBytes(to, toOffset, from, fromOffset, count) {
  TypedArrayPrototypeSet(new Uint8Array(to), new Uint8Array(from, fromOffset, count), toOffset);
}
function cloneView(view) {
  const at = viewByteOffset(view);
  return new Uint8Array(ArrayBufferPrototypeSlice(viewBuffer(view), at, at + viewByteLength(view)));
}
// A Uint8Array over the bytes of an ArrayBuffer or a view, undefined for anything else.
function asBytes(v) {
  if (typeof v !== 'object' || v === null) return undefined;
  if (TypedArrayPrototypeGetSymbolToStringTag(v) === 'Uint8Array') return v;
  if (ArrayBufferIsView(v)) return new Uint8Array(viewBuffer(v), viewByteOffset(v), viewByteLength(v));
  if (isBuffer(v)) return isDetached(v) ? new Uint8Array(0) : new Uint8Array(v);
  return undefined;
}

return {
  isTypedArray,
  viewBuffer,
  viewByteLength,
  viewByteOffset,
  isBuffer,
  isDetached,
  transferBuffer,
  copyBytes,
  cloneView,
  asBytes,
};
