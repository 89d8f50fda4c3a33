#include "tests/lib/t.h"

#include "pipeline/link.h"

/* By Python: hmac.new(hmac.digest(b"secret", b"minilab-link", "sha256"), text.encode(), "sha256").hexdigest() */
#define SIGNATURE "f59d8aebc24334ee2221ece5ef470b0fd7beffb83e7aa181c765ba8fc63b3abc"
#define UNTIL "1800000000"

static const struct link_place place = { { "photos", 6 }, { "a b/ü.jpg", 10 }, { "small.webp", 10 } };

static void a_link_is_signed_by_the_formula_of_the_manual(void **state)
{
	char hex[LINK_SIGNATURE + 1];

	(void)state;
	link_sign("secret", &place, 1800000000, hex);
	assert_string_equal(hex, SIGNATURE);
}

static void a_link_is_good_until_it_expires(void **state)
{
	(void)state;
	assert_int_equal(link_check("secret", &place, STR(UNTIL), STR(SIGNATURE), 1799999999), LINK_FINE);
	assert_int_equal(link_check("secret", &place, STR(UNTIL), STR(SIGNATURE), 1800000000), LINK_EXPIRED);
}

static void what_is_signed_is_all_of_it(void **state)
{
	struct link_place other = place;

	(void)state;
	assert_int_equal(link_check("other", &place, STR(UNTIL), STR(SIGNATURE), 1), LINK_WRONG);
	assert_int_equal(link_check("secret", &place, STR("1800000001"), STR(SIGNATURE), 1), LINK_WRONG);
	other.bucket = STR("photo");
	assert_int_equal(link_check("secret", &other, STR(UNTIL), STR(SIGNATURE), 1), LINK_WRONG);
	other = place;
	other.key = STR("a b");
	assert_int_equal(link_check("secret", &other, STR(UNTIL), STR(SIGNATURE), 1), LINK_WRONG);
	other = place;
	other.rendition = STR("small");
	assert_int_equal(link_check("secret", &other, STR(UNTIL), STR(SIGNATURE), 1), LINK_WRONG);
}

static void what_is_no_link_is_malformed(void **state)
{
	static const struct {
		const char *expires, *signature;
	} bad[] = { { NULL, SIGNATURE }, { UNTIL, NULL }, { "", SIGNATURE }, { "soon", SIGNATURE }, { "-1", SIGNATURE }, { "99999999999999999999", SIGNATURE },
		    { UNTIL, "" }, { UNTIL, "00" }, { UNTIL, SIGNATURE "0" } };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(link_check("secret", &place, str_of(bad[i].expires), str_of(bad[i].signature), 1), LINK_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_link_is_signed_by_the_formula_of_the_manual),
		T(a_link_is_good_until_it_expires),
		T(what_is_signed_is_all_of_it),
		T(what_is_no_link_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
