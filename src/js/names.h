/* Property names that C code uses: one table. The strings are made once a process (js_engine_init) and are
 * read by every isolate. Add a row where you need a name; X(identifier, "text"). Use: js_get(c, o,
 * JS_NAME_url, exc). */
#ifndef JS_NAMES_H
#define JS_NAMES_H

#define JS_NAMES(X)                                                                                          \
    X(name, "name")                                                                                          \
    X(message, "message")                                                                                    \
    X(stack, "stack")                                                                                        \
    X(cause, "cause")                                                                                        \
    X(line, "line")                                                                                          \
    X(column, "column")                                                                                      \
    X(sourceURL, "sourceURL")                                                                                \
    X(constructor, "constructor")                                                                            \
    X(prototype, "prototype")                                                                                \
    X(length, "length")                                                                                      \
    X(default_, "default")                                                                                   \
    X(then, "then")                                                                                          \
    X(resolve, "resolve")                                                                                    \
    X(exports, "exports")                                                                                    \
    X(heapSize, "heapSize")                                                                                  \
    X(heapCapacity, "heapCapacity")                                                                          \
    X(extraMemorySize, "extraMemorySize")                                                                    \
    X(objectCount, "objectCount")                                                                            \
    X(url, "url")                                                                                            \
    X(method, "method")                                                                                      \
    X(headers, "headers")                                                                                    \
    X(body, "body")                                                                                          \
    X(status, "status")                                                                                      \
    X(fetch, "fetch")                                                                                        \
    X(type, "type")                                                                                          \
    X(value, "value")                                                                                        \
    X(key, "key")                                                                                            \
    X(id, "id")

enum js_name {
#define X(identifier, text) JS_NAME_##identifier,
    JS_NAMES(X)
#undef X
        JS_NAME_COUNT
};

#endif
