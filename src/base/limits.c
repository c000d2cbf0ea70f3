#include "base/limits.h"

const struct limit_row limit_rows[LIMITS_COUNT] = {
#define X(name, value, unit, why) {#name, value, unit, why},
    LIMITS_TABLE(X)
#undef X
};
