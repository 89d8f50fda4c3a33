/* log_sink.h - the lines that functions log, on their way into storage (logs.h): gathered on the loop, written together.
 *
 * Lines are written LOG_FLUSH_MS after the first that waits, or when LOG_FLUSH_BYTES wait; one write is under way at a time. What comes while
 * more than LOG_PENDING_BYTES wait, or LOG_STREAM_BYTES of its own stream, is dropped and counted, and a line says how many were: who
 * prints without end loses its own lines and not those of others. A kill loses what was not written yet: at most
 * that, and no accepted event depends on it.
 *
 * Loop thread.
 */
#ifndef PIPELINE_LOG_SINK_H
#define PIPELINE_LOG_SINK_H

#include "pipeline/minilab.h"

#define LOG_FLUSH_MS 100
#define LOG_FLUSH_BYTES (256 << 10)
#define LOG_PENDING_BYTES (16 << 20)
#define LOG_STREAM_BYTES (4 << 20)

void log_sink_open(struct log_sink **out, struct minilab *m);
void log_sink_add(struct log_sink *s, struct str group, struct str stream, int64_t at_ms, struct str text);
int64_t log_sink_written(const struct log_sink *s);	/* lines that can be read, since the start */
void log_sink_close(struct log_sink *s, void (*closed)(void *owner), void *owner);	/* after a last write */

#endif
