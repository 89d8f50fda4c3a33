/* log.h - one line on stderr per request, attempt or change of state: time,
 * level, key=value pairs. Logged once, by whoever handles the failure; never by
 * those it passes. Values from outside go through log_quote.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level least);
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2), nonnull(1)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2), nonnull(1)));
void log_warn(int rc, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
void log_error(int rc, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

/* `s` as a value: as it is when plain, else quoted with \xNN, cut at 200 bytes.
 * Good until the fourth call after on the same thread. */
const char *log_quote(struct str s);

#endif
