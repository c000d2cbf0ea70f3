// node:v8: this engine is another one. Statistics are zeros, what would need V8 refuses.
const { notImplemented, validateString, validateObject, validateBoolean, validateUint32, validateOneOf, validateFunction } = internal.load("node/errors");
const { absentAll } = internal.load("node/codes");

const zeros = (names) => Object.fromEntries(names.split(" ").map((name) => [name, 0]));

function snapshotOptions(options) {
  if (options === undefined) return;
  validateObject(options, "options");
  for (const name of ["exposeInternals", "exposeNumericValues"])
    if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
}

// A class that cannot be made.
function refusing(name) {
  return { [name]: class {
    constructor() {
      throw notImplemented(name);
    }
  } }[name];
}

class GCProfiler {}
Object.assign(GCProfiler.prototype, absentAll("start stop", "GCProfiler."));

return {
  ...absentAll("serialize deserialize stopCoverage takeCoverage"),
  queryObjects(constructor, options) {
    validateFunction(constructor, "constructor");
    if (options !== undefined) {
      validateObject(options, "options");
      if (options.format !== undefined) validateOneOf(options.format, "options.format", ["count", "summary"]);
    }
    throw notImplemented("queryObjects");
  },
  cachedDataVersionTag: () => 0,
  getHeapStatistics: () => zeros("total_heap_size total_heap_size_executable total_physical_size total_available_size used_heap_size heap_size_limit " +
    "malloced_memory peak_malloced_memory does_zap_garbage number_of_native_contexts number_of_detached_contexts total_global_handles_size " +
    "used_global_handles_size external_memory"),
  getHeapSpaceStatistics: () => [],
  getHeapCodeStatistics: () => zeros("code_and_metadata_size bytecode_and_metadata_size external_script_source_size cpu_profiler_metadata_size"),
  getCppHeapStatistics(type = "detailed") {
    validateOneOf(type, "type", ["brief", "detailed"]);
    return { ...zeros("committed_size_bytes resident_size_bytes used_size_bytes"), space_statistics: [], type_names: [], detail_level: type };
  },
  writeHeapSnapshot(file, options) {
    if (file !== undefined) validateString(file, "filename");
    snapshotOptions(options);
    throw notImplemented("writeHeapSnapshot");
  },
  getHeapSnapshot(options) {
    snapshotOptions(options);
    throw notImplemented("getHeapSnapshot");
  },
  setFlagsFromString(flags) {
    validateString(flags, "flags");
    throw notImplemented("setFlagsFromString");
  },
  isStringOneByteRepresentation(text) {
    validateString(text, "content");
    throw notImplemented("isStringOneByteRepresentation");
  },
  setHeapSnapshotNearHeapLimit(limit) {
    validateUint32(limit, "limit", true);
    throw notImplemented("setHeapSnapshotNearHeapLimit");
  },
  Serializer: refusing("Serializer"), Deserializer: refusing("Deserializer"), DefaultSerializer: refusing("DefaultSerializer"),
  DefaultDeserializer: refusing("DefaultDeserializer"), GCProfiler,
  promiseHooks: absentAll("createHook onInit onBefore onAfter onSettled", "promiseHooks."),
  startupSnapshot: {
    ...absentAll("addDeserializeCallback addSerializeCallback setDeserializeMainFunction", "startupSnapshot."),
    isBuildingSnapshot: () => false,
  },
};
