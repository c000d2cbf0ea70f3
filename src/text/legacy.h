/* Decoders of the legacy encodings (WHATWG Encoding, sections 9 to 14): single-byte, gbk, gb18030, big5, euc-jp,
 * iso-2022-jp, shift_jis, euc-kr, replacement, x-user-defined. Private to this room: use decoder.h. */
#ifndef TEXT_LEGACY_H
#define TEXT_LEGACY_H

#include "text/decoder.h"

/* As decoder_add(), without byte order marks; *at moves on. ERR_INVALID only when d->fatal. */
enum err legacy_add(struct decoder *d, struct span piece, bool last, uint16_t **at);

#endif
