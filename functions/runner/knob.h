/* knob.h - numbers that environment variables may set, as tables of name, place, default and bounds. */
#ifndef RUNNER_KNOB_H
#define RUNNER_KNOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "functions/runner/say.h"

struct knob {
	const char *name;
	size_t at;		/* of an int64_t in the struct that is read into */
	int64_t otherwise, min, max;
};

/* REASON_SETTINGS for the first that is no number within its bounds. */
enum reason knobs_read(const struct json_value *env, const struct knob *knobs, size_t n, void *to, char message[SAY_MAX]);

/* A variable's text. Absent is fine; anything but a text is not. */
enum reason knob_text(const struct json_value *env, const char *name, struct str *text, char message[SAY_MAX]);

#endif
