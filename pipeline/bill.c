#include "pipeline/bill.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "pipeline/meter.h"

#define MB_MS_PER_GB_S (1024.0 * 1000.0)

struct totals {
	struct json j;
	int64_t requests;
	double gb_s, provisioned_gb_s;
};

void bill_this_month(char to[BILL_MONTH])
{
	char now[CLOCK_TEXT_MAX];

	snprintf(to, BILL_MONTH, "%.7s", clock_iso_s(now, clock_wall_ms()));
}

static int add_function(void *owner, const struct meter_month *m)
{
	struct totals *t = owner;
	double gb_s = (double)m->mb_ms / MB_MS_PER_GB_S, provisioned = (double)m->provisioned_mb_s / 1024;

	json_open(&t->j, NULL, '{');
	json_str(&t->j, "function", m->function);
	json_int(&t->j, "requests", m->requests);
	json_int(&t->j, "billed_ms", m->billed_ms);
	json_real(&t->j, "gb_seconds", gb_s);
	json_real(&t->j, "provisioned_gb_seconds", provisioned);
	json_close(&t->j);
	t->requests += m->requests;
	t->gb_s += gb_s;
	t->provisioned_gb_s += provisioned;
	return 0;
}

static double above(double n, double free)
{
	return n > free ? n - free : 0;
}

static void write_aws(struct totals *t)
{
	struct json *j = &t->j;
	double requests = (double)t->requests * BILL_MILLION_REQUESTS / 1e6, compute = t->gb_s * BILL_GB_SECOND;
	double provisioned = t->provisioned_gb_s * BILL_PROVISIONED_GB_SECOND;

	json_open(j, "aws", '{');
	json_cstr(j, "prices", "Lambda, us-east-1, x86: 0.20 USD per million requests, 0.0000166667 USD per GB-second, "
		  "0.0000041667 USD per GB-second of provisioned concurrency");
	json_real(j, "requests", requests);
	json_real(j, "compute", compute);
	json_real(j, "provisioned", provisioned);
	json_real(j, "total", requests + compute + provisioned);
	json_real(j, "total_after_free_tier", above((double)t->requests, BILL_FREE_REQUESTS) * BILL_MILLION_REQUESTS / 1e6 +
		  above(t->gb_s, BILL_FREE_GB_SECONDS) * BILL_GB_SECOND + provisioned);
	json_close(j);
}

int bill_gather(struct db *db, struct str month, struct buf *json)
{
	struct totals t = { .j = json_into(json) };
	int rc;

	json_open(&t.j, NULL, '{');
	json_str(&t.j, "month", month);
	json_cstr(&t.j, "currency", "USD");
	json_open(&t.j, "functions", '[');
	if ((rc = meter_list(db, month, add_function, &t)) < 0)
		return rc;
	json_close(&t.j);
	json_int(&t.j, "requests", t.requests);
	json_real(&t.j, "gb_seconds", t.gb_s);
	write_aws(&t);
	json_real(&t.j, "here", 0);
	json_close(&t.j);
	return 0;
}

/* For people */

static double real(const struct json_value *object, const char *name, struct arena *a)
{
	const struct json_value *v = json_get(object, name);

	return v && v->kind == JSON_NUMBER ? strtod(arena_dup(a, v->text), NULL) : 0;
}

static void print(const struct json_value *v, struct arena *a, FILE *to)
{
	const struct json_value *list = json_get(v, "functions"), *aws = json_get(v, "aws");

	fprintf(to, "%.*s\n\n%-40s %12s %16s\n", STR_ARG(json_text(v, "month")), "function", "requests", "GB-seconds");
	for (const struct json_value *f = list ? list->first : NULL; f; f = f->next)
		fprintf(to, "%-40.*s %12lld %16.3f\n", STR_ARG(json_text(f, "function")), (long long)json_number(f, "requests", 0),
			real(f, "gb_seconds", a) + real(f, "provisioned_gb_seconds", a));
	fprintf(to, "%-40s %12lld %16.3f\n\n", "all", (long long)json_number(v, "requests", 0), real(v, "gb_seconds", a));
	fprintf(to, "on AWS (us-east-1, x86)   requests %.2f + compute %.2f + provisioned %.2f = %.2f USD\n", real(aws, "requests", a),
		real(aws, "compute", a), real(aws, "provisioned", a), real(aws, "total", a));
	fprintf(to, "  after its free tier     %.2f USD   (1,000,000 requests and 400,000 GB-seconds a month)\n",
		real(aws, "total_after_free_tier", a));
	fprintf(to, "here                      0.00 USD\n");
}

int bill_print(struct str json, FILE *to)
{
	struct arena a = {0};
	struct json_value *v;
	int rc = json_parse(&a, json, &v);

	if (rc == 0)
		print(v, &a, to);
	arena_clear(&a);
	return rc;
}
