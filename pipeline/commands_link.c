/* commands_link.c - `minilab link`: prints a signed link to a thumbnail. The keys are enough: nobody is asked. */
#include "pipeline/commands.h"

#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "pipeline/client.h"
#include "pipeline/link.h"

#define EXPIRES_USUAL_S 3600

static int read_time(const char *text, int64_t *s)
{
	static const struct {
		const char *unit;
		int64_t worth;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	size_t digits = strspn(text, "0123456789");

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(text + digits, units[i].unit) == 0) {
			int rc = str_to_int(str_n(text, digits), 1, INT32_MAX, s);

			*s *= units[i].worth;
			return rc;
		}
	return E_BAD_INPUT;
}

static void print(const struct client *c, const struct link_place *at, int64_t expires)
{
	char signature[LINK_SIGNATURE + 1];
	struct buf path = { 0 };

	link_sign(c->credentials.secret_key, at, expires, signature);
	uri_encode(&path, at->bucket, URI_NOTHING);
	buf_puts(&path, "/");
	uri_encode(&path, at->key, URI_SLASH);
	buf_puts(&path, "/");
	uri_encode(&path, at->rendition, URI_NOTHING);
	printf("%s/_/t/%.*s?expires=%lld&signature=%s\n", c->endpoint, (int)path.len, (char *)path.data, (long long)expires, signature);
	buf_clear(&path);
}

int command_link(int argc, char **argv)
{
	struct arguments a;
	struct client c;
	struct link_place at = { .rendition = STR("small") };
	int64_t s = EXPIRES_USUAL_S;
	int named = 0, status;

	arguments_take(&a, argc, argv);
	for (int i = 0; i < a.count; i++) {
		if (strcmp(a.values[i], "--expires") == 0) {
			if (++i == a.count || read_time(a.values[i], &s) < 0)
				return command_usage("link");
		} else if (named == 0) {
			if (a.values[i][0] == '-' || command_split(a.values[i], &at.bucket, &at.key) < 0)
				return command_usage("link");
			named++;
		} else if (named++ == 1 && a.values[i][0] != '-') {
			at.rendition = str_of(a.values[i]);
		} else {
			return command_usage("link");
		}
	}
	if (named == 0)
		return command_usage("link");
	if ((status = command_client(&a, &c)) == 0)
		print(&c, &at, clock_wall_ms() / 1000 + s);
	return status;
}
