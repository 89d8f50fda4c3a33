#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"

#define LINE_MAX_BYTES 4000
#define QUOTE_MAX 200

static _Atomic int least = LOG_INFO;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_set_level(enum log_level l)
{
	atomic_store(&least, (int)l);
}

/* One write per line, so that lines of several threads do not mix. */
__attribute__((format(printf, 3, 0)))
static void line(enum log_level level, int rc, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES], when[CLOCK_TEXT_MAX];
	size_t n;

	if ((int)level < atomic_load(&least))
		return;
	n = (size_t)snprintf(text, sizeof text, "%s level=%s ", clock_iso_ms(when, clock_wall_ms()), level_names[level]);
	n += (size_t)vsnprintf(text + n, sizeof text - n, fmt, ap);
	if (rc < 0 && n < sizeof text)
		n += (size_t)snprintf(text + n, sizeof text - n, " rc=%d error=\"%s\"", rc, err_text(rc));
	if (n > sizeof text - 2)
		n = sizeof text - 2;
	text[n++] = '\n';
	if (write(STDERR_FILENO, text, n) < 0)
		return;		/* there is nowhere left to say it */
}

#define LOG_BODY(level, rc) \
	do { \
		va_list ap; \
		va_start(ap, fmt); \
		line(level, rc, fmt, ap); \
		va_end(ap); \
	} while (0)

void log_info(const char *fmt, ...)
{
	LOG_BODY(LOG_INFO, 0);
}

void log_debug(const char *fmt, ...)
{
	LOG_BODY(LOG_DEBUG, 0);
}

void log_warn(int rc, const char *fmt, ...)
{
	LOG_BODY(LOG_WARN, rc);
}

void log_error(int rc, const char *fmt, ...)
{
	LOG_BODY(LOG_ERROR, rc);
}

static bool plain(struct str s)
{
	if (!utf8_valid(s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
			return false;
	}
	return s.n > 0 && s.n <= QUOTE_MAX;
}

const char *log_quote(struct str s)
{
	static _Thread_local char rooms[4][QUOTE_MAX * 4 + 8];
	static _Thread_local unsigned turn;
	char *room = rooms[turn++ % 4], *to = room;
	size_t n = s.n > QUOTE_MAX ? QUOTE_MAX : s.n;
	bool text = utf8_valid(str_n(s.p, n));

	if (plain(s)) {
		memcpy(room, s.p, s.n);
		room[s.n] = '\0';
		return room;
	}
	*to++ = '"';
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c == '"' || c == '\\' || c == 0x7f || (c > 0x7f && !text))
			to += snprintf(to, 5, "\\x%02x", c);
		else
			*to++ = (char)c;
	}
	memcpy(to, s.n > n ? "\"..." : "\"", s.n > n ? 5 : 2);
	return room;
}
