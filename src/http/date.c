#include "http/date.h"

static const char days[7][10] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                 "Thursday", "Friday", "Saturday"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. Years are counted from March, so that the
 * leap day is the last of its year; 400 years are 146,097 days. */
static int64_t days_from_date(int64_t year, int month, int day) {
    if (month <= 2) year--;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t at, int64_t *year, int *month, int *day) {
    at += 719468;
    int64_t era = (at >= 0 ? at : at - 146096) / 146097;
    int64_t day_of_era = at - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

#define DATE_MIN (-62167219200) /* 0000-01-01T00:00:00Z */
#define DATE_MAX 253402300799   /* 9999-12-31T23:59:59Z */

static void put2(char *out, int value) {
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
}

void http_date_format(char out[HTTP_DATE_LEN], int64_t seconds) {
    if (seconds < DATE_MIN) seconds = DATE_MIN;
    if (seconds > DATE_MAX) seconds = DATE_MAX;
    int64_t at = (seconds - DATE_MIN) / 86400 + DATE_MIN / 86400;
    int of_day = (int)(seconds - at * 86400), month, day;
    int64_t year;
    date_from_days(at, &year, &month, &day);
    memcpy(out, "Sun, 00 Jan 0000 00:00:00 GMT", HTTP_DATE_LEN);
    memcpy(out, days[((at + 4) % 7 + 7) % 7], 3); /* 1970-01-01 was a Thursday */
    put2(out + 5, day);
    memcpy(out + 8, months[month - 1], 3);
    put2(out + 12, (int)(year / 100));
    put2(out + 14, (int)(year % 100));
    put2(out + 17, of_day / 3600);
    put2(out + 20, of_day / 60 % 60);
    put2(out + 23, of_day % 60);
}

/* A cursor over the text: every step returns false when the text is not as it must be. */
struct reader {
    const char *at, *end;
};

static bool take(struct reader *r, const char *text) {
    size_t len = strlen(text);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0) return false;
    r->at += len;
    return true;
}

static bool take_digits(struct reader *r, int count, int *ret) {
    if (r->end - r->at < count) return false;
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!ascii_is_digit(r->at[i])) return false;
        value = value * 10 + (r->at[i] - '0');
    }
    r->at += count;
    *ret = value;
    return true;
}

static bool take_month(struct reader *r, int *ret) {
    for (int i = 0; i < 12; i++) {
        if (take(r, months[i])) {
            *ret = i + 1;
            return true;
        }
    }
    return false;
}

static bool take_day_name(struct reader *r, bool whole) {
    for (int i = 0; i < 7; i++) {
        char name[10];
        memcpy(name, days[i], sizeof name);
        if (!whole) name[3] = '\0';
        if (take(r, name)) return true;
    }
    return false;
}

struct date {
    int year, month, day, hour, minute, second;
};

static bool take_time(struct reader *r, struct date *d) {
    return take_digits(r, 2, &d->hour) && take(r, ":") && take_digits(r, 2, &d->minute) && take(r, ":") &&
           take_digits(r, 2, &d->second);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool read_imf(struct reader r, struct date *d) {
    return take_day_name(&r, false) && take(&r, ", ") && take_digits(&r, 2, &d->day) && take(&r, " ") &&
           take_month(&r, &d->month) && take(&r, " ") && take_digits(&r, 4, &d->year) && take(&r, " ") &&
           take_time(&r, d) && take(&r, " GMT") && r.at == r.end;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT": the year is left with two digits. */
static bool read_rfc850(struct reader r, struct date *d) {
    return take_day_name(&r, true) && take(&r, ", ") && take_digits(&r, 2, &d->day) && take(&r, "-") &&
           take_month(&r, &d->month) && take(&r, "-") && take_digits(&r, 2, &d->year) && take(&r, " ") &&
           take_time(&r, d) && take(&r, " GMT") && r.at == r.end;
}

/* "Sun Nov  6 08:49:37 1994" */
static bool read_asctime(struct reader r, struct date *d) {
    if (!take_day_name(&r, false) || !take(&r, " ") || !take_month(&r, &d->month) || !take(&r, " "))
        return false;
    bool day = take(&r, " ") ? take_digits(&r, 1, &d->day) : take_digits(&r, 2, &d->day);
    return day && take(&r, " ") && take_time(&r, d) && take(&r, " ") && take_digits(&r, 4, &d->year) &&
           r.at == r.end;
}

static bool to_seconds(struct date d, int64_t *ret) {
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;
    int length = lengths[d.month - 1] + (leap && d.month == 2);
    if (d.day < 1 || d.day > length || d.hour > 23 || d.minute > 59 || d.second > 60) return false;
    if (d.second == 60) d.second = 59;
    *ret = days_from_date(d.year, d.month, d.day) * 86400 + d.hour * 3600 + d.minute * 60 + d.second;
    return true;
}

/* The century that puts a two-digit year at most 50 years ahead of now (RFC 9110 section 5.6.7). */
static int full_year(int two_digits, int64_t now_s) {
    char now[HTTP_DATE_LEN];
    http_date_format(now, now_s);
    int this_year = (now[12] - '0') * 1000 + (now[13] - '0') * 100 + (now[14] - '0') * 10 + (now[15] - '0');
    int year = this_year / 100 * 100 + two_digits;
    if (year <= this_year - 50) year += 100;
    if (year > this_year + 50) year -= 100;
    return year;
}

bool http_date_parse(struct span s, int64_t now_s, int64_t *ret_seconds) {
    struct reader r = {s.ptr, s.ptr + s.len};
    struct date d = {0};
    if (s.len < 24) return false;
    if (read_imf(r, &d) || read_asctime(r, &d)) return to_seconds(d, ret_seconds);
    if (!read_rfc850(r, &d)) return false;
    d.year = full_year(d.year, now_s);
    return to_seconds(d, ret_seconds);
}
