/* A constructor string, "https://:sub.example.com/books/:id", cut into its components (section 2.2). */
#include "http/urlpattern_int.h"

enum state { INIT, PROTOCOL, AUTHORITY, USERNAME, PASSWORD, HOSTNAME, PORT, PATHNAME, SEARCH, HASH, DONE };

static const int field_of[] = {
    [PROTOCOL] = URLPATTERN_PROTOCOL, [USERNAME] = URLPATTERN_USERNAME, [PASSWORD] = URLPATTERN_PASSWORD,
    [HOSTNAME] = URLPATTERN_HOSTNAME, [PORT] = URLPATTERN_PORT,         [PATHNAME] = URLPATTERN_PATHNAME,
    [SEARCH] = URLPATTERN_SEARCH,     [HASH] = URLPATTERN_HASH};

struct parser {
    struct arena *a;
    struct span input;
    struct tokens tokens;
    size_t start, at, increment; /* tokens */
    unsigned groups, brackets;
    bool special;
    enum urlpattern_special answer;
    enum state state;
    struct urlpattern_init *out;
    struct span *question;
};

static const struct token *token_at(const struct parser *p, size_t i) {
    return &p->tokens.list[i < p->tokens.count ? i : p->tokens.count - 1];
}

static bool is_char(const struct parser *p, size_t i, char c) {
    const struct token *t = token_at(p, i);
    bool plain = t->type == TOKEN_CHAR || t->type == TOKEN_ESCAPED_CHAR || t->type == TOKEN_INVALID_CHAR;
    return plain && t->value.len == 1 && t->value.ptr[0] == c;
}
static bool here(const struct parser *p, char c) { return is_char(p, p->at, c); }

/* A '?' that is not a modifier. */
static bool is_search(const struct parser *p) {
    if (here(p, '?')) return true;
    const struct token *t = token_at(p, p->at);
    if (t->value.len != 1 || t->value.ptr[0] != '?') return false;
    if (p->at == 0) return true;
    enum token_type before = token_at(p, p->at - 1)->type;
    return before != TOKEN_NAME && before != TOKEN_REGEXP && before != TOKEN_CLOSE &&
           before != TOKEN_ASTERISK;
}

static struct span component_text(const struct parser *p) {
    size_t from = token_at(p, p->start)->index, to = token_at(p, p->at)->index;
    return (struct span){p->input.ptr + from, to - from};
}

static void default_to(struct parser *p, int field, struct span value) {
    if (!p->out->field[field].ptr) p->out->field[field] = value;
}

static void change(struct parser *p, enum state next, size_t skip) {
    if (p->state != INIT && p->state != AUTHORITY && p->state != DONE)
        p->out->field[field_of[p->state]] = component_text(p);
    if (p->state != INIT && next != DONE) {
        if (p->state <= PASSWORD && next >= PORT) default_to(p, URLPATTERN_HOSTNAME, SPAN(""));
        if (p->state <= PORT && next >= SEARCH)
            default_to(p, URLPATTERN_PATHNAME, p->special ? SPAN("/") : SPAN(""));
        if (p->state <= PATHNAME && next == HASH) default_to(p, URLPATTERN_SEARCH, SPAN(""));
    }
    p->state = next;
    p->at += skip;
    p->start = p->at;
    p->increment = 0;
}

static void rewind_to(struct parser *p, enum state state) {
    p->at = p->start;
    p->increment = 0;
    p->state = state;
}

static enum err find_special(struct parser *p) {
    struct component protocol;
    enum err e = urlpattern_compile(p->a, component_text(p), urlpattern_canon_protocol,
                                    (struct pattern_options){0}, &protocol);
    if (e) return e;
    if (!protocol.has_regexp)
        p->special = urlpattern_is_special(&protocol);
    else if (p->answer == URLPATTERN_ASK)
        return *p->question = protocol.regexp, ERR_UNSUPPORTED;
    else
        p->special = p->answer == URLPATTERN_SPECIAL;
    return ERR_OK;
}

static enum err after_protocol(struct parser *p) {
    enum err e = find_special(p);
    if (e) return e;
    bool slashes = is_char(p, p->at + 1, '/') && is_char(p, p->at + 2, '/');
    if (slashes)
        change(p, AUTHORITY, 3);
    else
        change(p, p->special ? AUTHORITY : PATHNAME, 1);
    return ERR_OK;
}

static void in_hostname(struct parser *p) {
    if (here(p, '['))
        p->brackets++;
    else if (here(p, ']'))
        p->brackets -= p->brackets > 0;
    else if (here(p, ':') && !p->brackets)
        change(p, PORT, 1);
    else if (here(p, '/'))
        change(p, PATHNAME, 0);
    else if (is_search(p))
        change(p, SEARCH, 1);
    else if (here(p, '#'))
        change(p, HASH, 1);
}

static enum err step(struct parser *p) {
    switch (p->state) {
    case INIT:
        if (here(p, ':')) rewind_to(p, PROTOCOL);
        break;
    case PROTOCOL: return here(p, ':') ? after_protocol(p) : ERR_OK;
    case AUTHORITY:
        if (here(p, '@'))
            rewind_to(p, USERNAME);
        else if (here(p, '/') || is_search(p) || here(p, '#'))
            rewind_to(p, HOSTNAME);
        break;
    case USERNAME:
        if (here(p, ':'))
            change(p, PASSWORD, 1);
        else if (here(p, '@'))
            change(p, HOSTNAME, 1);
        break;
    case PASSWORD:
        if (here(p, '@')) change(p, HOSTNAME, 1);
        break;
    case HOSTNAME: in_hostname(p); break;
    case PORT:
    case PATHNAME:
        if (p->state == PORT && here(p, '/'))
            change(p, PATHNAME, 0);
        else if (is_search(p))
            change(p, SEARCH, 1);
        else if (here(p, '#'))
            change(p, HASH, 1);
        break;
    case SEARCH:
        if (here(p, '#')) change(p, HASH, 1);
        break;
    case HASH:
    case DONE: break;
    }
    return ERR_OK;
}

/* False: all is done. */
static bool at_end(struct parser *p) {
    if (p->state == INIT) { /* there was no protocol: it is relative */
        rewind_to(p, INIT);
        if (here(p, '#'))
            change(p, HASH, 1);
        else if (is_search(p))
            change(p, SEARCH, 1);
        else
            change(p, PATHNAME, 0);
        return true;
    }
    if (p->state == AUTHORITY) {
        rewind_to(p, HOSTNAME);
        return true;
    }
    change(p, DONE, 0);
    return false;
}

enum err urlpattern_parse_string(struct arena *a, struct span input, enum urlpattern_special special,
                                 struct urlpattern_init *ret, struct span *ret_question) {
    struct parser p = {.a = a, .input = input, .answer = special, .out = ret, .question = ret_question};
    enum err e = urlpattern_tokenize(a, input, true, &p.tokens);
    for (; !e && p.at < p.tokens.count; p.at += p.increment) {
        enum token_type type = p.tokens.list[p.at].type;
        p.increment = 1;
        if (type == TOKEN_END) {
            if (!at_end(&p)) break;
        } else if (type == TOKEN_OPEN) {
            p.groups++;
        } else if (p.groups && type != TOKEN_CLOSE) {
            continue;
        } else {
            p.groups -= p.groups > 0;
            e = step(&p);
        }
    }
    if (!e && ret->field[URLPATTERN_HOSTNAME].ptr) default_to(&p, URLPATTERN_PORT, SPAN(""));
    return e;
}
