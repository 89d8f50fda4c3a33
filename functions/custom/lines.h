/* lines.h - what the processes of an environment print, cut into lines of a log: one pipe, read in small steps.
 *
 * TEXT is the pipe of standard output and error: a line ends at its newline. FRAMES is the descriptor that runtime clients know as
 * _LAMBDA_TELEMETRY_LOG_FD (facts/04 section 8): each frame has a level, a time of its own and a message, which may
 * hold newlines and is one line of the log all the same. Who writes something else there is read as TEXT from then on.
 *
 * A line is at most CUSTOM_LINE_MAX; what is longer is cut. Who prints more than LINES_BURST in LINES_WINDOW_MS is not read until
 * that time is over: the pipe fills up, and the writer waits. So memory is bounded by one unfinished line. A line counts for LINES_COST more
 * than it has bytes, because that is what it costs others: of empty lines a step has thousands.
 *
 * Loop thread. The pipe lasts as long as the environment: both ends are ours, and processes come and go.
 */
#ifndef CUSTOM_LINES_H
#define CUSTOM_LINES_H

#include "functions/custom.h"

#define LINES_STEP (16 << 10)		/* read at a time: then it is somebody else's turn */
#define LINES_BURST (1 << 20)
#define LINES_COST 256
#define LINES_WINDOW_MS 100
#define LINES_PAST_MS 86400000		/* times of frames further from ours than these are not believed */
#define LINES_FUTURE_MS 60000
#define LINES_DRAIN_MAX (2 << 20)	/* bytes, by lines_drain: a pipe holds 1 MB at most, and its writer may still run */
#define LINES_DRAIN_LINES 65536		/* likewise, and a step more: as many as a pipe of the usual size can hold */

enum lines_kind { LINES_TEXT, LINES_FRAMES };

struct lines;

/* `level`: "" or "INFO"... `text` with its newline, if it has one; lent for the call. */
typedef void lines_fn(void *owner, int64_t at_ms, const char *level, struct str text);

/* A negated errno when there are no descriptors. */
int lines_open(struct lines **out, uv_loop_t *loop, enum lines_kind kind, lines_fn *line, void *owner);

int lines_writer(const struct lines *l);	/* the end to print into; it stays with `l` */
/* All that was written before this call. The loop reads what is beyond LINES_DRAIN_MAX and LINES_DRAIN_LINES, later. False: there may be such. */
bool lines_drain(struct lines *l);
void lines_flush(struct lines *l);		/* drains, and when that was all ends a line that has no newline: its writer is gone */
void lines_close(struct lines *l);		/* accepts NULL; `line` is not called any more */

#endif
