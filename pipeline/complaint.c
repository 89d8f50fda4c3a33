#include "pipeline/complaint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/json.h"

int complain(const char *about, int rc, const char *missing)
{
	if (rc == E_NOT_FOUND && missing)
		fprintf(stderr, "minilab: %s: not found: %s\n", about, missing);
	else
		fprintf(stderr, "minilab: %s: %s\n", about, err_text(rc));
	return COMPLAINED;
}

int complain_dir(const char *dir, int rc)
{
	static const struct {
		int rc;
		const char *text;
	} texts[] = {
		{ E_NOT_FOUND, "no data directory of minilab; --data DIR names the one given to `minilab serve --data DIR`" },
		{ -ENOTDIR, "not a directory; --data DIR names the one given to `minilab serve --data DIR`" },
		{ -EACCES, "may not be read; run this as the user whose daemon made it" },
		{ E_BUSY, "in use by a running minilab" },
		{ E_BAD_INPUT, "of another version of minilab; use that one, or start this one's daemon once to bring it up to date" },
	};

	if (rc == E_NOT_FOUND && access(dir, F_OK) < 0 && errno == ENOENT) {
		fprintf(stderr, "minilab: %s: no such directory; --data DIR names the one given to `minilab serve --data DIR`\n", dir);
		return COMPLAINED;
	}
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].rc == rc) {
			fprintf(stderr, "minilab: %s: %s\n", dir, texts[i].text);
			return COMPLAINED;
		}
	return complain(dir, rc, NULL);
}

int complain_environment(void)
{
	static const char *const names[] = { "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", NULL };
	const char *const *name = names;

	while (name[1] && getenv(*name))
		name++;
	fprintf(stderr, "minilab: %s is not set; `minilab credentials --data DIR --export` prints all that is needed, "
		"or give --data DIR\n", *name);
	return COMPLAINED;
}

#define KEYS "use the keys that `minilab credentials --data DIR --export` prints for this daemon"

static const char *advice(struct str code)
{
	static const struct {
		const char *code, *text;
	} rows[] = {
		{ "AccessDenied", KEYS },
		{ "InvalidAccessKeyId", KEYS },
		{ "SignatureDoesNotMatch", KEYS },
		{ "RequestTimeTooSkewed", "set this machine's clock, or the daemon's" },
		{ "AuthorizationHeaderMalformed", "set AWS_DEFAULT_REGION to the region of the daemon" },
		{ "InternalError", "its log tells more" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (str_eq(code, str_of(rows[i].code)))
			return rows[i].text;
	return NULL;
}

/* {"error": CODE, "message": TEXT}: what a minilab says. */
static void complain_refusal(const char *about, const struct client *c, struct str code, struct str message)
{
	const char *next = advice(code);

	if (str_eq(code, STR("NotFound")))
		fprintf(stderr, "minilab: %s: not found: %.*s\n", about, STR_ARG(message));
	else
		fprintf(stderr, "minilab: %s: %.*s: %.*s%s%s\n", c->endpoint, STR_ARG(code), STR_ARG(message), next ? " Next: " : "",
			next ? next : "");
}

int complain_answer(const char *about, const struct client *c, int status, const struct buf *answer)
{
	struct str text = str_n(answer->len ? answer->data : "", answer->len), code = {0};
	struct json_value *v = NULL;
	struct arena a = {0};

	if (status > 0 && json_parse(&a, text, &v) == 0)
		code = json_text(v, "error");
	if (status < 0)
		fprintf(stderr, "minilab: %s: %s; is its daemon running?\n", c->endpoint, c->trouble);
	else if (code.n > 0)
		complain_refusal(about, c, code, json_text(v, "message"));
	else
		fprintf(stderr, "minilab: %s: answered status %d, and not as a minilab does; is the endpoint right?\n", c->endpoint,
			status);
	arena_clear(&a);
	return COMPLAINED;
}
