#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/err.h"

static _Atomic int64_t advanced_ms;

static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static int64_t now_us(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 + atomic_load(&advanced_ms) * 1000;
}

int64_t clock_wall_ms(void)
{
	return now_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
	return now_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
	return now_us(CLOCK_MONOTONIC);
}

void clock_advance_ms(int64_t ms)
{
	atomic_fetch_add(&advanced_ms, ms);
}

static struct tm broken(int64_t wall_ms)
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm t;

	gmtime_r(&s, &t);
	return t;
}

/* Years of four digits are all that the formats have; bounds tell the compiler so. */
static int clip(int v, int max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

char *clock_iso_ms(char to[CLOCK_TEXT_MAX], int64_t wall_ms)
{
	struct tm t = broken(wall_ms);

	snprintf(to, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", clip(t.tm_year + 1900, 9999),
		 clip(t.tm_mon + 1, 12), clip(t.tm_mday, 31), clip(t.tm_hour, 23), clip(t.tm_min, 59), clip(t.tm_sec, 60),
		 clip((int)(wall_ms % 1000), 999));
	return to;
}

char *clock_iso_s(char to[CLOCK_TEXT_MAX], int64_t wall_ms)
{
	struct tm t = broken(wall_ms);

	snprintf(to, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", clip(t.tm_year + 1900, 9999),
		 clip(t.tm_mon + 1, 12), clip(t.tm_mday, 31), clip(t.tm_hour, 23), clip(t.tm_min, 59), clip(t.tm_sec, 60));
	return to;
}

char *clock_basic(char to[CLOCK_TEXT_MAX], int64_t wall_ms)
{
	struct tm t = broken(wall_ms);

	snprintf(to, CLOCK_TEXT_MAX, "%04d%02d%02dT%02d%02d%02dZ", clip(t.tm_year + 1900, 9999),
		 clip(t.tm_mon + 1, 12), clip(t.tm_mday, 31), clip(t.tm_hour, 23), clip(t.tm_min, 59), clip(t.tm_sec, 60));
	return to;
}

char *clock_http(char to[CLOCK_TEXT_MAX], int64_t wall_ms)
{
	struct tm t = broken(wall_ms);

	snprintf(to, CLOCK_TEXT_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[clip(t.tm_wday, 6)], clip(t.tm_mday, 31),
		 months[clip(t.tm_mon, 11)], clip(t.tm_year + 1900, 9999), clip(t.tm_hour, 23), clip(t.tm_min, 59),
		 clip(t.tm_sec, 60));
	return to;
}

/* A pattern: 'Y' 'N' 'D' 'h' 'm' 's' take one digit of that field, 'y' two-digit year, 'B' a month's name in three
 * letters, 'a' three letters, 'A' letters, '_' a digit or blank of the day; anything else is itself. */
struct fields {
	int year, month, day, hour, minute, second;
};

static bool digit(char c, int *into)
{
	if (c < '0' || c > '9')
		return false;
	*into = *into * 10 + (c - '0');
	return true;
}

static bool month_name(struct str *s, struct fields *f)
{
	if (s->n < 3)
		return false;
	for (int m = 0; m < 12; m++) {
		if (memcmp(s->p, months[m], 3) == 0) {
			f->month = m + 1;
			*s = str_n(s->p + 3, s->n - 3);
			return true;
		}
	}
	return false;
}

static bool letters(struct str *s)
{
	size_t n = 0;

	while (n < s->n && ((s->p[n] | 0x20) >= 'a' && (s->p[n] | 0x20) <= 'z'))
		n++;
	if (n < 3 || n > 9)
		return false;
	*s = str_n(s->p + n, s->n - n);
	return true;
}

static bool one(char want, char c, struct fields *f)
{
	switch (want) {
	case 'Y': case 'y': return digit(c, &f->year);
	case 'N': return digit(c, &f->month);
	case 'D': return digit(c, &f->day);
	case 'h': return digit(c, &f->hour);
	case 'm': return digit(c, &f->minute);
	case 's': return digit(c, &f->second);
	case '_': return c == ' ' || digit(c, &f->day);
	default: return c == want;
	}
}

static bool scan(struct str s, const char *pattern, struct fields *f)
{
	*f = (struct fields){0};
	for (; *pattern; pattern++) {
		if (*pattern == 'B') {
			if (!month_name(&s, f))
				return false;
			continue;
		}
		if (*pattern == 'A') {
			if (!letters(&s))
				return false;
			continue;
		}
		if (s.n == 0 || !one(*pattern, s.p[0], f))
			return false;
		s = str_n(s.p + 1, s.n - 1);
	}
	return s.n == 0;
}

static int to_wall(const struct fields *f, int64_t *wall_ms)
{
	struct tm t = { .tm_year = f->year - 1900, .tm_mon = f->month - 1, .tm_mday = f->day, .tm_hour = f->hour,
			.tm_min = f->minute, .tm_sec = f->second };
	struct tm asked = t;
	time_t s;

	if (f->year < 1970 || f->month < 1 || f->month > 12 || f->day < 1 || f->day > 31 || f->hour > 23 ||
	    f->minute > 59 || f->second > 60)
		return E_BAD_INPUT;
	s = timegm(&t);
	if (t.tm_mday != asked.tm_mday && f->second < 60)
		return E_BAD_INPUT;	/* 31 February */
	*wall_ms = (int64_t)s * 1000;
	return 0;
}

int clock_parse_basic(struct str s, int64_t *wall_ms)
{
	struct fields f;

	return scan(s, "YYYYNNDDThhmmssZ", &f) ? to_wall(&f, wall_ms) : E_BAD_INPUT;
}

int clock_parse_iso(struct str s, int64_t *wall_ms)
{
	const char *point = s.n ? memchr(s.p, '.', s.n) : NULL;
	struct str fraction = { 0 };
	struct fields f;

	if (point) {
		fraction = str_n(point + 1, (size_t)(s.p + s.n - point) - 1);
		s.n -= fraction.n + 1;
	}
	for (size_t i = 0; point && i < fraction.n; i++)
		if (i + 1 < fraction.n ? fraction.p[i] < '0' || fraction.p[i] > '9' : fraction.p[i] != 'Z' || i == 0)
			return E_BAD_INPUT;
	if (point && fraction.n == 0)
		return E_BAD_INPUT;
	return scan(s, point ? "YYYY-NN-DDThh:mm:ss" : "YYYY-NN-DDThh:mm:ssZ", &f) ? to_wall(&f, wall_ms) : E_BAD_INPUT;
}

int clock_parse_http(struct str s, int64_t *wall_ms)
{
	struct fields f;

	if (scan(s, "A, DD B YYYY hh:mm:ss GMT", &f))
		return to_wall(&f, wall_ms);
	if (scan(s, "A, DD-B-yy hh:mm:ss GMT", &f)) {
		f.year += f.year < 70 ? 2000 : 1900;
		return to_wall(&f, wall_ms);
	}
	if (scan(s, "A B _D hh:mm:ss YYYY", &f))
		return to_wall(&f, wall_ms);
	return E_BAD_INPUT;
}
