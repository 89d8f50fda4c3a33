/* watch_progress.h - how a drop folder gets on, for people at a terminal or in a log: files in, waiting, skipped, failed, their rate, and each
 * new error once.
 *
 * `f` is a folder of watch_gather's answer. One struct, all zero but `terminal`, for one folder.
 */
#ifndef PIPELINE_WATCH_PROGRESS_H
#define PIPELINE_WATCH_PROGRESS_H

#include "base/json.h"

struct watch_progress {
	bool terminal;			/* a line that is written over; else lines now and then, when something happened */
	int64_t at_ms, line_ms, put, bytes, shown, error_ms;
	double files_s, bytes_s;
};

void watch_progress_show(struct watch_progress *p, const struct json_value *f);
void watch_progress_end(struct watch_progress *p, const struct json_value *f);		/* the last line */
void watch_progress_print(const struct json_value *f, const struct watch_progress *p);	/* one line */

int64_t watch_progress_left(const struct json_value *f);	/* files on their way, but for those that failed */
bool watch_progress_looks(const struct json_value *f);		/* there may be more of them */

#endif
