#include "html/tokenizer.h"
#include "base/check.h"
#include "base/mem.h"
#include "html/scan.h"

enum state {
    TEXT,
    TAG_NAME,
    BEFORE_ATTR,
    ATTR_NAME,
    AFTER_ATTR,
    BEFORE_VALUE,
    VALUE_DOUBLE,
    VALUE_SINGLE,
    VALUE_BARE,
    AFTER_VALUE,
    SELF_CLOSING,
    COMMENT,
    DOCTYPE,
};

/* Where a script's text is ("script data", "... escaped", "... double escaped" and the dashes in them). */
enum script { PLAIN, START, START_DASH, ESCAPED, ESCAPED_1, ESCAPED_2, DOUBLE, DOUBLE_1, DOUBLE_2 };

enum { CLASS_SPACE = 1, CLASS_NAME_END = 2, CLASS_BARE_END = 4, CLASS_TAG_END = 8 };

/* Which bytes end what. */
static const uint8_t classes[256] = {
    [' '] = CLASS_SPACE | CLASS_NAME_END | CLASS_BARE_END | CLASS_TAG_END,
    ['\n'] = CLASS_SPACE | CLASS_NAME_END | CLASS_BARE_END | CLASS_TAG_END,
    ['\t'] = CLASS_SPACE | CLASS_NAME_END | CLASS_BARE_END | CLASS_TAG_END,
    ['\r'] = CLASS_SPACE | CLASS_NAME_END | CLASS_BARE_END | CLASS_TAG_END,
    ['\f'] = CLASS_SPACE | CLASS_NAME_END | CLASS_BARE_END | CLASS_TAG_END,
    ['/'] = CLASS_NAME_END | CLASS_TAG_END,
    ['>'] = CLASS_NAME_END | CLASS_BARE_END | CLASS_TAG_END,
    ['='] = CLASS_NAME_END,
};

static bool alpha(unsigned char c) { return (unsigned char)((c | 0x20) - 'a') < 26; }

void tokenizer_init(struct html_tokenizer *t, struct html_names *names) {
    *t = (struct html_tokenizer){.names = names, .feedback = true};
}

void tokenizer_free(struct html_tokenizer *t) {
    mem_free(t->attrs);
    context_free(&t->context);
    t->attrs = NULL;
}

void tokenizer_end(struct html_tokenizer *t) { t->last = true; }

void tokenizer_window(struct html_tokenizer *t, struct span window, size_t dropped) {
    t->base = (const unsigned char *)window.ptr;
    t->limit = window.len;
    t->pos -= dropped;
    t->comment_start -= (int64_t)dropped;
    if (t->state == TEXT || (!t->capture && t->state != TAG_NAME)) return;
    t->start -= dropped;
    t->name.start -= dropped;
    t->name.end -= dropped;
    for (uint32_t i = 0; i < t->attr_count; i++) {
        struct html_attr *a = &t->attrs[i];
        a->name.start -= dropped, a->name.end -= dropped;
        a->value.start -= dropped, a->value.end -= dropped;
        a->raw_end -= dropped;
    }
}

size_t tokenizer_keep(const struct html_tokenizer *t) {
    if (t->state == TEXT) return t->pos;
    if (t->capture || t->state == TAG_NAME) return t->start;
    if (t->state == COMMENT) return t->pos < 3 ? 0 : t->pos - 3; /* is there "--" or "--!" before a '>'? */
    return t->pos;
}

size_t tokenizer_passed(const struct html_tokenizer *t) {
    return t->state == COMMENT && !t->capture ? t->pos : tokenizer_keep(t);
}

/* --- Tags -------------------------------------------------------------------------------------------------------- */

static struct html_attr *attr_new(struct html_tokenizer *t, size_t at) {
    if (t->attr_count == t->attr_cap) {
        t->attr_cap = t->attr_cap ? t->attr_cap * 2 : 16;
        t->attrs = mem_resize(t->attrs, t->attr_cap * sizeof *t->attrs);
    }
    struct html_attr *a = &t->attrs[t->attr_count++];
    *a = (struct html_attr){{at, at}, {at, at}, at};
    return a;
}
static struct html_attr *attr_last(struct html_tokenizer *t) { return &t->attrs[t->attr_count - 1]; }

static void attr_name_end(struct html_tokenizer *t, size_t at) {
    struct html_attr *a = attr_last(t);
    a->name.end = a->value.start = a->value.end = a->raw_end = at;
}
static void attr_value_end(struct html_tokenizer *t, size_t at, size_t raw_end) {
    attr_last(t)->value.end = at;
    attr_last(t)->raw_end = raw_end;
}

#define SUSPEND(where) return t->state = (where), t->pos = i, false

/* What is between a tag's name and its '>'. True: that was passed. `keep` is constant in each of the two copies. */
static inline __attribute__((always_inline)) bool rest_of_tag(struct html_tokenizer *t, bool keep) {
    const unsigned char *b = t->base;
    size_t i = t->pos, end = t->limit;
    switch ((enum state)t->state) {
    case BEFORE_ATTR: goto before_attr;
    case ATTR_NAME: goto attr_name;
    case AFTER_ATTR: goto after_attr;
    case BEFORE_VALUE: goto before_value;
    case VALUE_DOUBLE: goto value_double;
    case VALUE_SINGLE: goto value_single;
    case VALUE_BARE: goto value_bare;
    case AFTER_VALUE: goto after_value;
    case SELF_CLOSING: goto self_closing;
    default: unreachable();
    }
before_attr:
    while (i < end && classes[b[i]] & CLASS_SPACE) i++;
    if (i == end) SUSPEND(BEFORE_ATTR);
    if (b[i] == '>') goto done;
    if (b[i] == '/') {
        i++;
        goto self_closing;
    }
    if (keep) attr_new(t, i);
    i++; /* even '=' begins a name here */
attr_name:
    while (i < end && !(classes[b[i]] & CLASS_NAME_END)) i++;
    if (i == end) SUSPEND(ATTR_NAME);
    if (keep) attr_name_end(t, i);
    if (b[i] == '=') {
        i++;
        goto before_value;
    }
after_attr:
    while (i < end && classes[b[i]] & CLASS_SPACE) i++;
    if (i == end) SUSPEND(AFTER_ATTR);
    if (b[i] == '>') goto done;
    if (b[i] == '/') {
        i++;
        goto self_closing;
    }
    if (b[i] == '=') {
        i++;
        goto before_value;
    }
    if (keep) attr_new(t, i);
    goto attr_name;
before_value:
    while (i < end && classes[b[i]] & CLASS_SPACE) i++;
    if (i == end) SUSPEND(BEFORE_VALUE);
    if (b[i] == '>') goto done;
    if (b[i] == '"' || b[i] == '\'') {
        bool is_double = b[i++] == '"';
        if (keep) attr_last(t)->value.start = i;
        if (is_double) goto value_double;
        goto value_single;
    }
    if (keep) attr_last(t)->value.start = i;
value_bare:
    while (i < end && !(classes[b[i]] & CLASS_BARE_END)) i++;
    if (i == end) SUSPEND(VALUE_BARE);
    if (keep) attr_value_end(t, i, i);
    goto before_attr;
value_double:
    i = scan_byte(b, i, end, '"');
    if (i == end) SUSPEND(VALUE_DOUBLE);
    goto value_closed;
value_single:
    i = scan_byte(b, i, end, '\'');
    if (i == end) SUSPEND(VALUE_SINGLE);
value_closed:
    if (keep) attr_value_end(t, i, i + 1);
    i++;
after_value:
    if (i == end) SUSPEND(AFTER_VALUE);
    if (b[i] == '/') {
        i++;
        goto self_closing;
    }
    goto before_attr;
self_closing:
    if (i == end) SUSPEND(SELF_CLOSING);
    if (b[i] != '>') goto before_attr;
    t->self_closing = true;
done:
    t->pos = i + 1;
    return true;
}
static bool rest_kept(struct html_tokenizer *t) { return rest_of_tag(t, true); }
static bool rest_passed(struct html_tokenizer *t) { return rest_of_tag(t, false); }

static void text_begins(struct html_tokenizer *t, uint32_t flags) {
    struct span name = html_bytes(t, t->name);
    t->mode = flags & HTML_TAG_RCDATA    ? HTML_RCDATA
              : flags & HTML_TAG_RAWTEXT ? HTML_RAWTEXT
              : flags & HTML_TAG_SCRIPT  ? HTML_SCRIPT_DATA
                                         : HTML_PLAINTEXT;
    t->script = PLAIN;
    t->last_len = (uint8_t)(name.len < sizeof t->last_name ? name.len : 0);
    for (size_t i = 0; i < t->last_len; i++) t->last_name[i] = ascii_lower(name.ptr[i]);
}

static enum html_token tag_done(struct html_tokenizer *t) {
    uint32_t flags = t->slot ? t->slot->flags : 0;
    t->state = TEXT;
    t->end = t->pos;
    if (t->is_end) {
        t->mode = HTML_DATA;
        if (t->feedback && (flags || t->context.depth)) context_end(&t->context, flags);
        return t->capture ? HTML_END_TAG : HTML_NEED;
    }
    if (t->feedback && (flags || t->context.ns != HTML_NS_HTML)) {
        switch (context_start(t, flags)) {
        case CONTEXT_GO_ON: break;
        case CONTEXT_TEXT: text_begins(t, flags); break;
        case CONTEXT_AMBIGUOUS: return HTML_AMBIGUOUS;
        }
    } else {
        t->context.tag_ns = HTML_NS_HTML;
    }
    return t->capture ? HTML_START_TAG : t->report_skipped ? HTML_SKIPPED : HTML_NEED;
}

/* HTML_NEED here and below: nothing to tell; t->state says whether it goes on. */
static enum html_token tag_rest(struct html_tokenizer *t) {
    if (!(t->capture ? rest_kept(t) : rest_passed(t))) return HTML_NEED;
    return tag_done(t);
}

static enum html_token tag_name(struct html_tokenizer *t) {
    const unsigned char *b = t->base;
    size_t i = t->pos;
    while (i < t->limit && !(classes[b[i]] & CLASS_TAG_END)) i++;
    t->pos = i;
    if (i == t->limit) return HTML_NEED;
    t->name.end = i;
    t->id = html_names_id(t->names, (const char *)b + t->name.start, i - t->name.start);
    t->slot = html_names_find(t->names, t->id);
    /* Text that begins needs the name again at the tag's end; font and annotation-xml need their attributes. */
    t->capture =
        !t->on_name || t->on_name(t->owner, t->id, t->slot, t->is_end) ||
        (t->slot && t->slot->flags & (HTML_TAG_TEXT | HTML_TAG_GUARD | HTML_TAG_FONT | HTML_TAG_ANNOTATION));
    t->self_closing = false;
    t->attr_count = 0;
    if (b[i] == '>') { /* the most common case by far */
        t->pos = i + 1;
        return tag_done(t);
    }
    t->pos = i + 1;
    t->state = b[i] == '/' ? SELF_CLOSING : BEFORE_ATTR;
    return tag_rest(t);
}

static enum html_token tag_begins(struct html_tokenizer *t, size_t at, bool is_end) {
    t->start = at;
    t->is_end = is_end;
    t->name.start = at + 1 + is_end;
    t->pos = t->name.start + 1; /* its first letter has been seen */
    t->state = TAG_NAME;
    return tag_name(t);
}

/* --- Comments and doctypes --- */

static enum html_token comment_done(struct html_tokenizer *t, size_t text_end, size_t end) {
    t->state = TEXT;
    t->pos = end;
    if (!t->capture) return HTML_NEED;
    t->text = (struct html_range){(size_t)t->comment_start, text_end};
    t->end = end;
    return HTML_COMMENT;
}

/* The bytes that a '>' at `at` ends a comment with, itself not counted; -1: it is text. */
static int closing(const struct html_tokenizer *t, size_t at) {
    int64_t len = (int64_t)at - t->comment_start;
    const unsigned char *before = t->base + at;
    if (len == 0) return 0;
    if (len == 1) return before[-1] == '-' ? 1 : -1;
    if (before[-1] == '-' && before[-2] == '-') return 2;
    return len >= 3 && before[-1] == '!' && before[-2] == '-' && before[-3] == '-' ? 3 : -1;
}

/* At the end of the document what would have begun to close it is not text. */
static int closing_cut(const struct html_tokenizer *t) {
    int64_t len = (int64_t)t->limit - t->comment_start;
    const unsigned char *end = t->base + t->limit;
    if (t->bogus || len == 0) return 0;
    if (len >= 3 && end[-1] == '!' && end[-2] == '-' && end[-3] == '-') return 3;
    if (end[-1] != '-') return 0;
    return len >= 2 && end[-2] == '-' ? 2 : 1;
}

static enum html_token comment(struct html_tokenizer *t) {
    for (size_t i = t->pos;; i++) {
        i = scan_byte(t->base, i, t->limit, '>');
        if (i == t->limit) {
            t->pos = i;
            if (!t->last) return HTML_NEED;
            return comment_done(t, i - (t->capture ? (size_t)closing_cut(t) : 0), i);
        }
        int cut = t->bogus ? 0 : closing(t, i);
        if (cut >= 0) return comment_done(t, i - (size_t)cut, i + 1);
    }
}

static enum html_token comment_begins(struct html_tokenizer *t, size_t at, size_t text, bool bogus) {
    t->start = at;
    t->state = COMMENT;
    t->capture = t->want_comments;
    t->bogus = bogus;
    t->comment_start = (int64_t)text;
    t->pos = text;
    return comment(t);
}

static enum html_token doctype(struct html_tokenizer *t) {
    size_t i = scan_byte(t->base, t->pos, t->limit, '>');
    t->pos = i;
    if (i == t->limit && !t->last) return HTML_NEED;
    t->pos = t->end = i + (i < t->limit);
    t->state = TEXT;
    return t->capture ? HTML_DOCTYPE : HTML_NEED;
}

/* --- Text -------------------------------------------------------------------------------------------------------- */

enum look { LOOK_TEXT, LOOK_MORE, LOOK_OTHER };

/* Does [at, ...) begin with `word`, but for case? LOOK_MORE: as far as it goes. */
static enum look begins(const struct html_tokenizer *t, size_t at, struct span word) {
    for (size_t i = 0; i < word.len; i++) {
        if (at + i >= t->limit) return t->last ? LOOK_TEXT : LOOK_MORE;
        if (ascii_lower((char)t->base[at + i]) != word.ptr[i]) return LOOK_TEXT;
    }
    return LOOK_OTHER;
}

/* An "appropriate end tag": "</" is at `at`. */
static enum look end_tag_here(const struct html_tokenizer *t, size_t at) {
    if (!t->last_len) return LOOK_TEXT;
    enum look look = begins(t, at + 2, span_make(t->last_name, t->last_len));
    if (look != LOOK_OTHER) return look;
    size_t behind = at + 2 + t->last_len;
    if (behind >= t->limit) return t->last ? LOOK_TEXT : LOOK_MORE;
    return classes[t->base[behind]] & CLASS_TAG_END ? LOOK_OTHER : LOOK_TEXT;
}

/* '<' at `at`, in data: text, something else, or unknown yet. */
static enum look look_data(const struct html_tokenizer *t, size_t at) {
    enum look none = t->last ? LOOK_TEXT : LOOK_MORE;
    if (at + 1 >= t->limit) return none;
    unsigned char c = t->base[at + 1];
    if (alpha(c) || c == '?') return LOOK_OTHER;
    if (c == '/') return at + 2 < t->limit ? LOOK_OTHER : none;
    if (c != '!') return LOOK_TEXT;
    if (begins(t, at + 2, SPAN("--")) == LOOK_MORE || begins(t, at + 2, SPAN("doctype")) == LOOK_MORE ||
        (t->context.ns != HTML_NS_HTML && begins(t, at + 2, SPAN("[cdata[")) == LOOK_MORE))
        return LOOK_MORE;
    return LOOK_OTHER;
}

static enum html_token markup(struct html_tokenizer *t, size_t at) {
    if (begins(t, at + 2, SPAN("--")) == LOOK_OTHER) return comment_begins(t, at, at + 4, false);
    if (begins(t, at + 2, SPAN("doctype")) == LOOK_OTHER) {
        t->start = at;
        t->state = DOCTYPE;
        t->capture = t->want_doctypes;
        t->pos = at + 9;
        return doctype(t);
    }
    if (t->context.ns != HTML_NS_HTML && t->limit - at >= 9 && memcmp(t->base + at, "<![CDATA[", 9) == 0) {
        t->mode = HTML_CDATA;
        t->pos = at + 9;
        return HTML_NEED;
    }
    return comment_begins(t, at, at + 2, true);
}

/* What look_data() found to be no text. */
static enum html_token other(struct html_tokenizer *t, size_t at) {
    unsigned char c = t->base[at + 1];
    if (c == '!') return markup(t, at);
    if (c == '?') return comment_begins(t, at, at + 1, true);
    if (c != '/') return tag_begins(t, at, false);
    c = t->base[at + 2];
    if (alpha(c)) return tag_begins(t, at, true);
    if (c != '>') return comment_begins(t, at, at + 2, true);
    t->pos = at + 3; /* "</>" is nothing at all */
    return HTML_NEED;
}

/* Text up to `to` is known; `held`: behind it the window ends with what may be markup. */
static enum html_token text_piece(struct html_tokenizer *t, size_t to, bool at_end) {
    size_t from = t->pos;
    t->pos = to;
    if (!t->want_text || to == from) return HTML_NEED;
    if (at_end && t->cut && !t->last) to -= t->cut(t->owner, span_make(t->base + from, to - from));
    t->pos = t->end = to;
    t->start = from;
    if (to == from) return HTML_NEED;
    t->text_open = true;
    return HTML_TEXT;
}

/* Before anything but text is told of at `at`: the text in front of it, and that it has ended. */
static inline bool text_before(struct html_tokenizer *t, size_t at, enum html_token *ret) {
    if (t->want_text && at > t->pos) return *ret = text_piece(t, at, false), true;
    t->pos = at;
    if (!t->text_open) return false;
    t->text_open = false;
    t->start = t->end = at;
    return *ret = HTML_TEXT_END, true;
}

static enum html_token text_data(struct html_tokenizer *t) {
    enum html_token token;
    for (size_t i = t->pos;; i++) {
        i = scan_byte(t->base, i, t->limit, '<');
        if (i == t->limit) return text_piece(t, i, true);
        switch (look_data(t, i)) {
        case LOOK_TEXT: break;
        case LOOK_MORE: return text_piece(t, i, false);
        case LOOK_OTHER: return text_before(t, i, &token) ? token : other(t, i);
        }
    }
}

/* RCDATA and RAWTEXT: up to the end tag. */
static enum html_token text_raw(struct html_tokenizer *t) {
    enum html_token token;
    for (size_t i = t->pos;; i++) {
        i = scan_byte(t->base, i, t->limit, '<');
        if (i == t->limit) return text_piece(t, i, true);
        if (i + 1 >= t->limit && !t->last) return text_piece(t, i, false);
        if (i + 1 >= t->limit || t->base[i + 1] != '/') continue;
        switch (end_tag_here(t, i)) {
        case LOOK_TEXT: break;
        case LOOK_MORE: return text_piece(t, i, false);
        case LOOK_OTHER: return text_before(t, i, &token) ? token : tag_begins(t, i, true);
        }
    }
}

static enum html_token text_cdata(struct html_tokenizer *t) {
    enum html_token token;
    for (size_t i = t->pos;; i++) {
        i = scan_byte(t->base, i, t->limit, ']');
        if (i == t->limit) return text_piece(t, i, true);
        switch (begins(t, i, SPAN("]]>"))) {
        case LOOK_TEXT: break;
        case LOOK_MORE: return text_piece(t, i, false);
        case LOOK_OTHER:
            if (text_before(t, i, &token)) return token;
            t->mode = HTML_DATA;
            t->pos = i + 3;
            return HTML_NEED;
        }
    }
}

/* "<script" or "</script" with a byte behind it that ends a name; `at`: where its letters are. */
static enum look word_script(const struct html_tokenizer *t, size_t at) {
    enum look look = begins(t, at, SPAN("script"));
    if (look != LOOK_OTHER) return look;
    if (at + 6 >= t->limit) return t->last ? LOOK_TEXT : LOOK_MORE;
    return classes[t->base[at + 6]] & CLASS_TAG_END ? LOOK_OTHER : LOOK_TEXT;
}

/* '<' in a script. LOOK_OTHER: its end tag. LOOK_TEXT: *state is where it leads. */
static enum look script_less(const struct html_tokenizer *t, size_t at, enum script *state) {
    bool is_double = *state >= DOUBLE, escaped = *state >= ESCAPED && !is_double;
    enum look more = t->last ? LOOK_TEXT : LOOK_MORE, look;
    if (is_double) *state = DOUBLE;
    if (escaped) *state = ESCAPED;
    if (*state == START || *state == START_DASH) *state = PLAIN;
    if (at + 1 >= t->limit) return more;
    unsigned char c = t->base[at + 1];
    if (is_double) {
        if (c != '/') return LOOK_TEXT;
        look = word_script(t, at + 2);
        if (look == LOOK_OTHER) *state = ESCAPED;
        return look == LOOK_OTHER ? LOOK_TEXT : look;
    }
    if (c == '/') return end_tag_here(t, at);
    if (!escaped) {
        if (c == '!') *state = START;
        return LOOK_TEXT;
    }
    if (!alpha(c)) return LOOK_TEXT;
    look = word_script(t, at + 1);
    if (look == LOOK_OTHER) *state = DOUBLE;
    return look == LOOK_OTHER ? LOOK_TEXT : look;
}

/* Any other byte in a script. */
static enum script script_byte(enum script state, unsigned char c) {
    switch (state) {
    case PLAIN: return PLAIN;
    case START: return c == '-' ? START_DASH : PLAIN;
    case START_DASH: return c == '-' ? ESCAPED_2 : PLAIN;
    case ESCAPED: return c == '-' ? ESCAPED_1 : ESCAPED;
    case ESCAPED_1: return c == '-' ? ESCAPED_2 : ESCAPED;
    case ESCAPED_2: return c == '-' ? ESCAPED_2 : c == '>' ? PLAIN : ESCAPED;
    case DOUBLE: return c == '-' ? DOUBLE_1 : DOUBLE;
    case DOUBLE_1: return c == '-' ? DOUBLE_2 : DOUBLE;
    case DOUBLE_2: return c == '-' ? DOUBLE_2 : c == '>' ? PLAIN : DOUBLE;
    }
    return PLAIN;
}

static enum html_token text_script(struct html_tokenizer *t) {
    enum html_token token;
    enum script state = t->script;
    for (size_t i = t->pos; i < t->limit;) {
        if (t->base[i] != '<') {
            if (state == PLAIN) {
                i = scan_byte(t->base, i, t->limit, '<');
                continue;
            }
            state = script_byte(state, t->base[i++]);
            continue;
        }
        enum script before = state;
        switch (script_less(t, i, &state)) {
        case LOOK_MORE: return t->script = before, text_piece(t, i, false);
        case LOOK_OTHER:
            t->script = before;
            return text_before(t, i, &token) ? token : tag_begins(t, i, true);
        case LOOK_TEXT:
            /* Of "<!" the '!' has been looked at, of "<script" and "</script" what stands before the byte at their end. */
            i += state == START                                            ? 2
                 : before != state && before >= DOUBLE && state == ESCAPED ? 9
                 : before < DOUBLE && state == DOUBLE                      ? 8
                                                                           : 1;
            break;
        }
    }
    t->script = state;
    /* A piece that is cut for the sake of a code point is read again in the same state: none has a meaning of its own above ASCII,
     * but after a dash it makes a difference only once. */
    return text_piece(t, t->limit, true);
}

static enum html_token text(struct html_tokenizer *t) {
    switch (t->mode) {
    case HTML_DATA: return text_data(t);
    case HTML_RCDATA:
    case HTML_RAWTEXT: return text_raw(t);
    case HTML_SCRIPT_DATA: return text_script(t);
    case HTML_CDATA: return text_cdata(t);
    case HTML_PLAINTEXT: return text_piece(t, t->limit, true);
    }
    return HTML_NEED;
}

/* Everything is read, or has no end: a tag that is cut off is not a tag. */
static enum html_token document_end(struct html_tokenizer *t) {
    enum html_token token;
    if (t->state == TEXT && t->text_open && text_before(t, t->limit, &token)) return token;
    t->start = t->end = t->pos = t->limit;
    t->state = TEXT;
    return HTML_END;
}

enum html_token html_token(struct html_tokenizer *t) {
    for (;;) {
        enum html_token token;
        size_t before = t->pos;
        uint8_t state = t->state;
        enum html_mode mode = t->mode;
        switch ((enum state)state) {
        case TEXT: token = text(t); break;
        case TAG_NAME: token = tag_name(t); break;
        case COMMENT: token = comment(t); break;
        case DOCTYPE: token = doctype(t); break;
        default: token = tag_rest(t); break;
        }
        if (token != HTML_NEED) return token;
        if (t->pos == before && t->state == state && t->mode == mode) /* no way on without more */
            return t->last ? document_end(t) : HTML_NEED;
    }
}
