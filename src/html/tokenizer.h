/* A streaming HTML tokenizer (HTML standard, 13.2.5) for rewriting: it says where things are and changes nothing.
 *
 * A window of bytes is put before it; html_token() names the next thing in it as offsets into that window. What nobody
 * wants is passed over without being looked at closely: on_name() is asked at the name of each tag whether the tag is
 * wanted, and the rest of one that isn't costs about a nanosecond a byte. A thing that goes on behind the window's end gives
 * HTML_NEED: then bytes from tokenizer_keep() on must be in the next window again, in front of what is new
 * (tokenizer_window()). The state is kept, so no byte is scanned twice but a handful around the seam.
 *
 * All offsets are of bytes. Any encoding will do in which the bytes of ASCII mean what they mean there and nothing else
 * (all of the Encoding standard but UTF-16 and ISO-2022-JP). Text and attribute values are as they are written:
 * character references stay, line ends stay, NUL stays. Parse errors are not told.
 *
 * What tree construction would tell the tokenizer (script's content is text, <![CDATA[ in SVG) comes from context.h.
 * One owner, one thread. No allocation but for attributes. */
#ifndef HTML_TOKENIZER_H
#define HTML_TOKENIZER_H

#include "html/context.h"

enum html_token {
    HTML_NEED,      /* more bytes, or tokenizer_end() */
    HTML_TEXT,      /* a piece of a text node: start..end. Only with want_text */
    HTML_TEXT_END,  /* the text node of the last pieces has ended; end == start */
    HTML_START_TAG, /* a wanted one: id, name, attrs, self_closing, context.ns */
    HTML_END_TAG,   /* id, name */
    HTML_SKIPPED,   /* a start tag that on_name() did not want: id, self_closing */
    HTML_COMMENT,   /* text. With want_comments */
    HTML_DOCTYPE,   /* with want_doctypes; html_doctype() reads it */
    HTML_AMBIGUOUS, /* context.h: nobody knows how to go on from `name` without the whole tree */
    HTML_END,       /* of the document */
};

/* How text is read at the moment. */
enum html_mode { HTML_DATA, HTML_RCDATA, HTML_RAWTEXT, HTML_SCRIPT_DATA, HTML_PLAINTEXT, HTML_CDATA };

struct html_range {
    size_t start, end;
};
struct html_attr {
    struct html_range name, value; /* value without its quotes; empty when there is none */
    size_t raw_end;                /* of all of it, which begins with its name */
};

struct html_tokenizer {
    /* Set by the owner before the first window. */
    struct html_names *names;
    bool want_text, want_comments, want_doctypes;
    bool feedback; /* context.h decides how text is read; else only the owner does (mode, last_name) */
    bool report_skipped;
    /* May be NULL: every tag is wanted. slot: html_names_find(id). */
    bool (*on_name)(void *owner, html_id id, const struct html_name_slot *slot, bool is_end_tag);
    /* How many bytes at the end of a piece of text belong to a character that is not whole; NULL: never any. */
    size_t (*cut)(void *owner, struct span text);
    void *owner;

    /* What html_token() found. */
    size_t start, end; /* all of it, in the window */
    html_id id;
    struct html_range name, text;
    struct html_attr *attrs;
    uint32_t attr_count, attr_cap;
    bool self_closing;
    enum html_mode mode; /* of an HTML_TEXT too */
    char last_name[32];  /* of the start tag whose text is read */
    uint8_t last_len;

    /* Its own. */
    struct html_context context;
    const struct html_name_slot *slot;
    const unsigned char *base;
    size_t pos, limit;
    bool last, capture, is_end, text_open, bogus;
    uint8_t state, script;
    int64_t comment_start; /* may lie before the window */
};

void tokenizer_init(struct html_tokenizer *t, struct html_names *names);
void tokenizer_free(struct html_tokenizer *t);
/* The first `dropped` bytes of the old window are gone; what was behind them is at the start of this one. */
void tokenizer_window(struct html_tokenizer *t, struct span window, size_t dropped);
/* No more bytes come after this window. */
void tokenizer_end(struct html_tokenizer *t);
/* After HTML_NEED: the first byte of the window that is needed again. */
size_t tokenizer_keep(const struct html_tokenizer *t);
/* Bytes before this one (it is tokenizer_keep() or behind it) belong to nothing that is still to be told of. */
size_t tokenizer_passed(const struct html_tokenizer *t);
enum html_token html_token(struct html_tokenizer *t);

struct html_doctype {
    bool has_name, has_public, has_system, force_quirks;
    struct html_range name, public_id, system_id;
};
/* The parts of a doctype, `raw` being all of it from '<' on, with or without '>'. Ranges are within it. */
void html_doctype(struct span raw, struct html_doctype *ret);

static inline bool html_space(unsigned char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}
static inline struct span html_bytes(const struct html_tokenizer *t, struct html_range r) {
    return span_make(t->base + r.start, r.end - r.start);
}

#endif
