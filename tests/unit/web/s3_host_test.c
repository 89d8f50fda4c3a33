#include "tests/lib/t.h"

#include "web/s3/host.h"

static const struct {
	const char *domains, *host, *bucket;	/* bucket NULL: path style */
} hosts[] = {
	{ "localhost", "localhost:9000", NULL },
	{ "localhost", "localhost", NULL },
	{ "localhost", "photos.localhost:9000", "photos" },
	{ "localhost", "Photos.LocalHost.", "photos" },
	{ "localhost", "a.b.c.localhost", "a.b.c" },
	{ "localhost", "s3.localhost", NULL },
	{ "localhost", "s3.eu-west-1.localhost:80", NULL },
	{ "localhost", "s3-eu-west-1.localhost", NULL },
	{ "localhost", "photos.s3.localhost", "photos" },
	{ "localhost", "my.photos.s3.localhost:9000", "my.photos" },
	{ "localhost", "photos.s3.eu-west-1.localhost", "photos" },
	{ "localhost", "photos.s3-eu-west-1.localhost", "photos" },
	{ "localhost", "my.photos.s3.us-east-1.localhost", "my.photos" },
	{ "localhost", "no_bucket.localhost", NULL },
	{ "localhost", "ab.localhost", NULL },
	{ "localhost", ".localhost", NULL },
	{ "localhost", "notlocalhost", NULL },
	{ "localhost", "photos.notlocalhost", NULL },
	{ "localhost", "127.0.0.1:9000", NULL },
	{ "localhost", "[::1]:9000", NULL },
	{ "localhost", "", NULL },
	{ "localhost", NULL, NULL },
	{ "localhost\nfiles.example", "photos.files.example", "photos" },
	{ "localhost\ns3.example", "photos.s3.example:443", "photos" },
	{ "localhost\ns3.example", "s3.example", NULL },
	{ "localhost\nexample\n s3.example ", "photos.s3.example", "photos" },
	{ "localhost", "photos.example", NULL },
	{ "\n", "photos.localhost", NULL },
};

static void a_host_names_a_bucket_or_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		struct arena a = { 0 };
		struct str bucket = host_bucket(&a, str_of(hosts[i].domains), str_of(hosts[i].host));

		if (hosts[i].bucket ? !str_is(bucket, hosts[i].bucket) : str_is_set(bucket))
			fail_msg("%s: %.*s", hosts[i].host, STR_ARG(bucket));
		arena_clear(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(a_host_names_a_bucket_or_none) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
