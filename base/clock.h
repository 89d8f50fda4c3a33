/* clock.h - what time it is, and how it is written.
 *
 * Wall time is milliseconds since 1970 and goes into rows; it must survive a
 * reboot. Monotonic time is for timers and durations and never leaves the
 * process. Tests move both with clock_advance_ms.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/str.h"

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
void clock_advance_ms(int64_t ms);	/* tests only: added to both from now on */

#define CLOCK_TEXT_MAX 32

/* Each writes a NUL-terminated text into `to` and returns it. UTC always. */
char *clock_iso_ms(char to[CLOCK_TEXT_MAX], int64_t wall_ms);	/* 2026-01-02T03:04:05.678Z */
char *clock_iso_s(char to[CLOCK_TEXT_MAX], int64_t wall_ms);	/* 2026-01-02T03:04:05Z */
char *clock_basic(char to[CLOCK_TEXT_MAX], int64_t wall_ms);	/* 20260102T030405Z */
char *clock_http(char to[CLOCK_TEXT_MAX], int64_t wall_ms);	/* Fri, 02 Jan 2026 03:04:05 GMT */

/* E_BAD_INPUT unless all of `s` has the form. */
int clock_parse_basic(struct str s, int64_t *wall_ms);	/* 20260102T030405Z */
int clock_parse_iso(struct str s, int64_t *wall_ms);	/* 2026-01-02T03:04:05Z, also with a fraction of a second, which is left away */
int clock_parse_http(struct str s, int64_t *wall_ms);	/* RFC 9110: IMF-fixdate, RFC 850, asctime */

#endif
