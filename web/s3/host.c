#include "web/s3/host.h"

#include <ctype.h>

#include "storage/bucket.h"

/* In lower case, without port and last dot; absent: an address, or nothing. */
static struct str host_name(struct arena *a, struct str host)
{
	struct str name;
	char *to;

	if (!str_is_set(host) || str_starts(host, STR("[")) || !str_next(&host, ':', &name))
		return (struct str){ 0 };
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.n > HOST_NAME_MAX_BYTES)
		return (struct str){ 0 };
	to = arena_dup(a, name);
	for (size_t i = 0; i < name.n; i++)
		to[i] = (char)tolower((unsigned char)to[i]);
	return str_n(to, name.n);
}

/* "a.b.DOMAIN" -> "a.b"; absent: the domain itself, or another. */
static struct str below(struct str name, struct str domain)
{
	size_t n = domain.n + 1;

	if (domain.n == 0 || name.n <= n || !str_ieq(str_n(name.p + name.n - domain.n, domain.n), domain) || name.p[name.n - n] != '.')
		return (struct str){ 0 };
	return str_n(name.p, name.n - n);
}

/* "s3", "s3-REGION": where a label of the service begins. */
static bool is_service(struct str label)
{
	return str_eq(label, STR("s3")) || str_starts(label, STR("s3-"));
}

static struct str last_label(struct str name)
{
	size_t n = 0;

	while (n < name.n && name.p[name.n - n - 1] != '.')
		n++;
	return str_n(name.p + name.n - n, n);
}

static struct str without_last(struct str name)
{
	size_t n = last_label(name).n;

	return n < name.n ? str_n(name.p, name.n - n - 1) : (struct str){ 0 };
}

/* Cuts the service off: "BUCKET.s3.REGION" -> "BUCKET"; absent when nothing is left. */
static struct str without_service(struct str name)
{
	struct str before = without_last(name);

	if (is_service(last_label(name)))
		return before;
	if (str_is_set(before) && str_eq(last_label(before), STR("s3")))
		return without_last(before);
	return name;
}

struct str host_bucket(struct arena *a, struct str domains, struct str host)
{
	struct str name = host_name(a, host), domain, bucket;

	while (str_is_set(name) && str_next(&domains, '\n', &domain)) {
		bucket = below(name, str_trim(domain));
		if (!str_is_set(bucket))
			continue;
		bucket = without_service(bucket);
		return str_is_set(bucket) && bucket_name_valid(bucket) ? bucket : (struct str){ 0 };
	}
	return (struct str){ 0 };
}
