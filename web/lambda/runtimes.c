#include "web/lambda/runtimes.h"

#include "base/codec.h"
#include "base/digest.h"

const char runtime_values[] = "[nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, "
	"python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, "
	"provided.al2, java8.al2]";

const char layer_runtime_values[] = "[ruby3.5, ruby2.6, dotnetcore1.0, python3.7, nodejs8.10, nasa, ruby2.7, python2.7-greengrass, dotnetcore2.0, "
	"python3.8, java21, dotnet6, dotnetcore2.1, python3.9, java11, nodejs6.10, provided, dotnetcore3.1, dotnet8, java25, java17, nodejs, "
	"nodejs4.3, java8.al2, go1.x, dotnet10, nodejs20.x, go1.9, byol, nodejs10.x, provided.al2023, nodejs22.x, python3.10, java8, nodejs12.x, "
	"python3.11, nodejs24.x, nodejs8.x, python3.12, nodejs14.x, nodejs8.9, nodejs26.x, python3.13, python3.14, nodejs16.x, python3.15, "
	"provided.al2, nodejs4.3-edge, nodejs18.x, ruby3.2, python3.4, ruby3.3, ruby3.4, ruby2.5, python3.6, python2.7]";

const char runtimes_here[] = "provided.al2023, provided.al2, nodejs*.x, python3.*, minilab.native";

static const struct {
	const char *name;
	enum runtime_use use;
} rows[] = {
	{ "nodejs24.x", RUNTIME_RUNS }, { "nodejs22.x", RUNTIME_RUNS }, { "nodejs20.x", RUNTIME_RUNS }, { "nodejs18.x", RUNTIME_RUNS },
	{ "nodejs16.x", RUNTIME_RUNS }, { "nodejs26.x", RUNTIME_RUNS },
	{ "python3.15", RUNTIME_RUNS }, { "python3.14", RUNTIME_RUNS }, { "python3.13", RUNTIME_RUNS }, { "python3.12", RUNTIME_RUNS },
	{ "python3.11", RUNTIME_RUNS }, { "python3.10", RUNTIME_RUNS }, { "python3.9", RUNTIME_RUNS }, { "python3.8", RUNTIME_RUNS },
	{ "provided.al2023", RUNTIME_RUNS }, { "provided.al2", RUNTIME_RUNS }, { "minilab.native", RUNTIME_RUNS },
	{ "java25", RUNTIME_CANNOT }, { "java21", RUNTIME_CANNOT }, { "java17", RUNTIME_CANNOT }, { "java11", RUNTIME_CANNOT },
	{ "java8.al2", RUNTIME_CANNOT }, { "dotnet10", RUNTIME_CANNOT }, { "dotnet8", RUNTIME_CANNOT }, { "dotnet6", RUNTIME_CANNOT },
	{ "ruby3.4", RUNTIME_CANNOT }, { "ruby3.3", RUNTIME_CANNOT }, { "ruby3.2", RUNTIME_CANNOT },
	{ "nodejs14.x", RUNTIME_DEPRECATED }, { "nodejs12.x", RUNTIME_DEPRECATED }, { "nodejs10.x", RUNTIME_DEPRECATED },
	{ "python3.7", RUNTIME_DEPRECATED }, { "python3.6", RUNTIME_DEPRECATED }, { "python2.7", RUNTIME_DEPRECATED },
	{ "java8", RUNTIME_DEPRECATED }, { "go1.x", RUNTIME_DEPRECATED }, { "ruby2.7", RUNTIME_DEPRECATED }, { "ruby2.5", RUNTIME_DEPRECATED },
	{ "dotnetcore3.1", RUNTIME_DEPRECATED }, { "dotnetcore2.1", RUNTIME_DEPRECATED }, { "provided", RUNTIME_DEPRECATED },
};

enum runtime_use runtime_use(struct str name)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (str_eq(name, str_of(rows[i].name)))
			return rows[i].use;
	return RUNTIME_UNKNOWN;
}

/* Of "python:3.12.v1" for python3.12: a name, a version, and the number of our runtime client. */
const char *runtime_arn(struct arena *a, const char *region, struct str name)
{
	struct str s = name, kind, rest;
	uint8_t sum[DIGEST_SIZE_MAX];
	char hex[65];
	size_t n = 0;

	if (str_ends(s, STR(".x")))
		s.n -= 2;
	while (n < s.n && s.p[n] != '.' && (s.p[n] < '0' || s.p[n] > '9'))
		n++;
	kind = str_n(s.p, n);
	rest = n < s.n && s.p[n] == '.' ? str_n(s.p + n + 1, s.n - n - 1) : str_n(s.p + n, s.n - n);
	digest_of(DIGEST_SHA256, str_of(arena_printf(a, "%.*s:%.*s.v1", STR_ARG(kind), STR_ARG(rest))), sum);
	hex_encode(hex, sum, 32);
	return arena_printf(a, "arn:aws:lambda:%s::runtime:%s", region, hex);
}
