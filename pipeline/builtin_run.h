/* builtin_run.h - the built-in function invoked like any other, with an S3 event: each record's photo goes the journey of job.h, one after the
 * other, without the queue. The answer tells what was made, or why not, as a function's error.
 *
 *     {"Thumbnails":[{"Bucket","Key","Of":{"Bucket","Key"},"Size","Width","Height"}]}
 *     {"errorType":"Image.Damaged","errorMessage":"...","requestId":"..."}
 *
 * Versions in the event are not looked at: the photo is taken as it is now. Loop thread.
 */
#ifndef PIPELINE_BUILTIN_RUN_H
#define PIPELINE_BUILTIN_RUN_H

#include "base/json.h"
#include "functions/custom.h"
#include "pipeline/catalog.h"

#define BUILTIN_RECORDS_MAX 100		/* of one event */

struct builtin_run {			/* the caller's, from start to done */
	/* in; texts lent until done */
	struct minilab *m;
	struct catalog_version *version;	/* the caller's reference */
	const char *stream;		/* of its log */
	struct str request, payload;
	void (*done)(struct builtin_run *b);	/* never from inside start */
	/* out */
	bool cut;			/* the house is closing: it did not come to an end */
	bool error;
	struct buf answer;		/* owned: builtin_run_clear */
	struct buf log;			/* owned: the lines that it logged */
	struct custom_report report;
	/* its own */
	struct arena arena;
	struct json json;		/* into answer */
	const struct json_value *record;
	struct str bucket, key;		/* of it */
	struct post post;
	void *owner;
};

void builtin_run_start(struct builtin_run *b);
void builtin_run_clear(struct builtin_run *b);

#endif
