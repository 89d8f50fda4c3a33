/* trace.c - the header X-Amzn-Trace-Id, and the chain of invocations that it carries along: facts/02 section 8.
 *
 *     Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0;Lineage=1:<8 hex>:<count>|1:<8 hex>:<count>
 *
 * One part of the lineage per function: a digest of its ARN, and how often it was invoked before in this chain. Older clients
 * write the part without the leading "1:". Members that nobody here knows are passed on. */
#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "pipeline/invoke.h"

#define DIGEST_HEX 9
#define HOPS_TOLD_MAX 32767
#define LINEAGE_MAX 24			/* functions that are remembered: the newest */

static void name_function(struct str arn, char hex[DIGEST_HEX])
{
	uint8_t sum[DIGEST_SIZE_MAX];

	digest_of(DIGEST_SHA256, arn, sum);
	hex_encode(hex, sum, 4);
}

/* "Name=value" of the header; absent when it has none. */
static struct str member(struct str trace, struct str name)
{
	struct str part;

	while (str_next(&trace, ';', &part)) {
		part = str_trim(part);
		if (part.n > name.n && str_starts(part, name) && part.p[name.n] == '=')
			return str_n(part.p + name.n + 1, part.n - name.n - 1);
	}
	return (struct str){0};
}

/* "1:fe460cdd:0" or "fe460cdd:0" */
static bool read_hop(struct str part, struct str *digest, int64_t *count)
{
	struct str first, second;

	if (!str_next(&part, ':', &first) || !str_next(&part, ':', &second))
		return false;
	*digest = first;
	if (str_is_set(part)) {
		*digest = second;
		second = part;
	}
	return digest->n == DIGEST_HEX - 1 && str_to_int(second, 0, HOPS_TOLD_MAX, count) == 0;
}

int trace_hops(struct str trace, struct str function_arn)
{
	struct str lineage = member(trace, STR("Lineage")), part, digest;
	char mine[DIGEST_HEX];
	int64_t count;

	name_function(function_arn, mine);
	while (str_next(&lineage, '|', &part))
		if (read_hop(part, &digest, &count) && str_eq(digest, str_of(mine)))
			return (int)count + 1;
	return 0;
}

struct writing {
	char *to;
	size_t n;
};

static void add(struct writing *w, struct str s)
{
	if (w->n + s.n >= TRACE_MAX)
		return;
	memcpy(w->to + w->n, s.p, s.n);
	w->n += s.n;
	w->to[w->n] = '\0';
}

static void add_random(struct writing *w, const char *before, size_t bytes)
{
	uint8_t raw[12];
	char hex[25];

	random_bytes(raw, bytes);
	hex_encode(hex, raw, bytes);
	add(w, str_of(before));
	add(w, str_n(hex, 2 * bytes));
}

static void add_root(struct writing *w, struct str trace)
{
	struct str root = member(trace, STR("Root"));
	char stamp[16];

	add(w, STR("Root="));
	if (root.n > 0 && root.n <= 64) {
		add(w, root);
		return;
	}
	snprintf(stamp, sizeof stamp, "1-%08llx-", (unsigned long long)(clock_wall_ms() / 1000) & 0xffffffff);
	add_random(w, stamp, 12);
}

/* Members besides the four of ours, as far as there is room. */
static void add_others(struct writing *w, struct str trace)
{
	static const struct str ours[] = { STR("Root="), STR("Parent="), STR("Sampled="), STR("Lineage=") };
	struct str part;

	while (str_next(&trace, ';', &part)) {
		bool known = false;

		part = str_trim(part);
		for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
			known = known || str_starts(part, ours[i]);
		if (known || part.n == 0 || w->n + part.n > TRACE_MAX / 3)
			continue;
		add(w, STR(";"));
		add(w, part);
	}
}

/* The newest stands first, so that in a chain longer than there is room for the oldest go. */
static void add_lineage(struct writing *w, struct str trace, struct str function_arn)
{
	struct str lineage = member(trace, STR("Lineage")), part, digest;
	char mine[DIGEST_HEX], text[32];
	int64_t count;
	int left = LINEAGE_MAX - 1;

	name_function(function_arn, mine);
	snprintf(text, sizeof text, ";Lineage=1:%s:%d", mine, trace_hops(trace, function_arn));
	add(w, str_of(text));
	while (left > 0 && str_next(&lineage, '|', &part)) {
		if (!read_hop(part, &digest, &count) || str_eq(digest, str_of(mine)))
			continue;
		snprintf(text, sizeof text, "|1:%.*s:%d", STR_ARG(digest), (int)count);
		add(w, str_of(text));
		left--;
	}
}

void trace_next(struct str trace, struct str function_arn, char to[TRACE_MAX])
{
	struct writing w = { .to = to };
	struct str sampled = member(trace, STR("Sampled"));

	add_root(&w, trace);
	add_random(&w, ";Parent=", 8);
	add(&w, str_eq(sampled, STR("1")) ? STR(";Sampled=1") : STR(";Sampled=0"));
	add_others(&w, trace);
	add_lineage(&w, trace, function_arn);
}
