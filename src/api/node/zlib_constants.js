// node:zlib's constants: the numbers of zlib.h, brotli/encode.h, brotli/decode.h, zstd.h and zstd_errors.h under their names.
const constants = {};
// "A B=4 C": A is `from`, B is 4, C is 5.
function number(from, text) {
  let next = from;
  for (const word of text.split(" ")) {
    const [name, value] = word.split("=");
    if (value !== undefined) next = +value;
    Object.defineProperty(constants, name, { __proto__: null, value: next++, enumerable: true });
  }
}
number(0, "Z_NO_FLUSH Z_PARTIAL_FLUSH Z_SYNC_FLUSH Z_FULL_FLUSH Z_FINISH Z_BLOCK");
number(0, "Z_OK Z_STREAM_END Z_NEED_DICT Z_ERRNO=-1 Z_STREAM_ERROR=-2 Z_DATA_ERROR=-3 Z_MEM_ERROR=-4 Z_BUF_ERROR=-5 Z_VERSION_ERROR=-6");
number(0, "Z_NO_COMPRESSION Z_BEST_SPEED Z_BEST_COMPRESSION=9 Z_DEFAULT_COMPRESSION=-1");
number(0, "Z_DEFAULT_STRATEGY Z_FILTERED Z_HUFFMAN_ONLY Z_RLE Z_FIXED ZLIB_VERNUM=4816");
number(1, "DEFLATE INFLATE GZIP GUNZIP DEFLATERAW INFLATERAW UNZIP BROTLI_DECODE BROTLI_ENCODE ZSTD_COMPRESS ZSTD_DECOMPRESS");
number(0, "ZSTD_ENCODE=10 ZSTD_DECODE=11");
number(0, "Z_MIN_WINDOWBITS=8 Z_MAX_WINDOWBITS=15 Z_DEFAULT_WINDOWBITS=15 Z_MIN_CHUNK=64 Z_MAX_CHUNK=Infinity Z_DEFAULT_CHUNK=16384 " +
          "Z_MIN_MEMLEVEL=1 Z_MAX_MEMLEVEL=9 Z_DEFAULT_MEMLEVEL=8 Z_MIN_LEVEL=-1 Z_MAX_LEVEL=9 Z_DEFAULT_LEVEL=-1");
number(0, "BROTLI_OPERATION_PROCESS BROTLI_OPERATION_FLUSH BROTLI_OPERATION_FINISH BROTLI_OPERATION_EMIT_METADATA");
number(0, "BROTLI_PARAM_MODE BROTLI_PARAM_QUALITY BROTLI_PARAM_LGWIN BROTLI_PARAM_LGBLOCK BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING " +
          "BROTLI_PARAM_SIZE_HINT BROTLI_PARAM_LARGE_WINDOW BROTLI_PARAM_NPOSTFIX BROTLI_PARAM_NDIRECT");
number(0, "BROTLI_MODE_GENERIC BROTLI_MODE_TEXT BROTLI_MODE_FONT BROTLI_DEFAULT_MODE=0 BROTLI_MIN_QUALITY=0 BROTLI_MAX_QUALITY=11 " +
          "BROTLI_DEFAULT_QUALITY=11 BROTLI_MIN_WINDOW_BITS=10 BROTLI_MAX_WINDOW_BITS=24 BROTLI_LARGE_MAX_WINDOW_BITS=30 " +
          "BROTLI_DEFAULT_WINDOW=22 BROTLI_MIN_INPUT_BLOCK_BITS=16 BROTLI_MAX_INPUT_BLOCK_BITS=24");
number(0, "BROTLI_DECODER_RESULT_ERROR BROTLI_DECODER_RESULT_SUCCESS BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT");
number(0, "BROTLI_DECODER_PARAM_DISABLE_RING_BUFFER_REALLOCATION BROTLI_DECODER_PARAM_LARGE_WINDOW BROTLI_DECODER_NO_ERROR=0 " +
          "BROTLI_DECODER_SUCCESS BROTLI_DECODER_NEEDS_MORE_INPUT BROTLI_DECODER_NEEDS_MORE_OUTPUT");
const failures = ["FORMAT_EXUBERANT_NIBBLE", "FORMAT_RESERVED", "FORMAT_EXUBERANT_META_NIBBLE", "FORMAT_SIMPLE_HUFFMAN_ALPHABET",
                  "FORMAT_SIMPLE_HUFFMAN_SAME", "FORMAT_CL_SPACE", "FORMAT_HUFFMAN_SPACE", "FORMAT_CONTEXT_MAP_REPEAT",
                  "FORMAT_BLOCK_LENGTH_1", "FORMAT_BLOCK_LENGTH_2", "FORMAT_TRANSFORM", "FORMAT_DICTIONARY", "FORMAT_WINDOW_BITS",
                  "FORMAT_PADDING_1", "FORMAT_PADDING_2", "FORMAT_DISTANCE"];
failures.forEach((name, i) => number(-1 - i, `BROTLI_DECODER_ERROR_${name}`));
for (const text of ["DICTIONARY_NOT_SET=-19", "INVALID_ARGUMENTS=-20", "ALLOC_CONTEXT_MODES=-21", "ALLOC_TREE_GROUPS=-22", "ALLOC_CONTEXT_MAP=-25",
                    "ALLOC_RING_BUFFER_1=-26", "ALLOC_RING_BUFFER_2=-27", "ALLOC_BLOCK_TYPE_TREES=-30", "UNREACHABLE=-31"])
  number(0, `BROTLI_DECODER_ERROR_${text}`);
number(0, "ZSTD_e_continue ZSTD_e_flush ZSTD_e_end");
number(1, "ZSTD_fast ZSTD_dfast ZSTD_greedy ZSTD_lazy ZSTD_lazy2 ZSTD_btlazy2 ZSTD_btopt ZSTD_btultra ZSTD_btultra2 ZSTD_CLEVEL_DEFAULT=3");
number(100, "ZSTD_c_compressionLevel ZSTD_c_windowLog ZSTD_c_hashLog ZSTD_c_chainLog ZSTD_c_searchLog ZSTD_c_minMatch ZSTD_c_targetLength " +
            "ZSTD_c_strategy ZSTD_c_enableLongDistanceMatching=160 ZSTD_c_ldmHashLog ZSTD_c_ldmMinMatch ZSTD_c_ldmBucketSizeLog " +
            "ZSTD_c_ldmHashRateLog ZSTD_c_contentSizeFlag=200 ZSTD_c_checksumFlag ZSTD_c_dictIDFlag ZSTD_c_nbWorkers=400 ZSTD_c_jobSize " +
            "ZSTD_c_overlapLog ZSTD_d_windowLogMax=100");
for (const text of ["no_error=0", "GENERIC=1", "prefix_unknown=10", "version_unsupported=12", "frameParameter_unsupported=14",
                    "frameParameter_windowTooLarge=16", "corruption_detected=20", "checksum_wrong=22", "literals_headerWrong=24",
                    "dictionary_corrupted=30", "dictionary_wrong=32", "dictionaryCreation_failed=34", "parameter_unsupported=40",
                    "parameter_combination_unsupported=41", "parameter_outOfBound=42", "tableLog_tooLarge=44", "maxSymbolValue_tooLarge=46",
                    "maxSymbolValue_tooSmall=48", "stabilityCondition_notRespected=50", "stage_wrong=60", "init_missing=62",
                    "memory_allocation=64", "workSpace_tooSmall=66", "dstSize_tooSmall=70", "srcSize_wrong=72", "dstBuffer_null=74",
                    "noForwardProgress_destFull=80", "noForwardProgress_inputEmpty=82"])
  number(0, `ZSTD_error_${text}`);

const table = {};
for (const name of ["Z_OK", "Z_STREAM_END", "Z_NEED_DICT", "Z_ERRNO", "Z_STREAM_ERROR", "Z_DATA_ERROR", "Z_MEM_ERROR", "Z_BUF_ERROR", "Z_VERSION_ERROR"]) {
  table[name] = constants[name];
  table[constants[name]] = name;
}
return { constants: Object.freeze(constants), table: Object.freeze(table) };
