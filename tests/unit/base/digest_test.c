#include "tests/lib/t.h"

#include <string.h>

#include "base/codec.h"
#include "base/digest.h"

static const struct {
	enum digest_kind kind;
	const char *text, *hex;
} known[] = {
	{ DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ DIGEST_CRC32, "", "00000000" },
	{ DIGEST_CRC32, "123456789", "cbf43926" },
	{ DIGEST_CRC32C, "", "00000000" },
	{ DIGEST_CRC32C, "123456789", "e3069283" },
	{ DIGEST_CRC64NVME, "", "0000000000000000" },
	{ DIGEST_CRC64NVME, "123456789", "ae8b14860a799888" },
};

static const enum digest_kind crcs[] = { DIGEST_CRC32, DIGEST_CRC32C, DIGEST_CRC64NVME };

static uint64_t number_of(enum digest_kind kind, const uint8_t out[DIGEST_SIZE_MAX])
{
	uint64_t n = 0;

	for (size_t i = 0; i < digest_size(kind); i++)
		n = n << 8 | out[i];
	return n;
}

static void all_kinds_give_their_known_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		uint8_t out[DIGEST_SIZE_MAX];
		char hex[2 * DIGEST_SIZE_MAX + 1];

		digest_of(known[i].kind, str_of(known[i].text), out);
		hex_encode(hex, out, digest_size(known[i].kind));
		assert_string_equal(hex, known[i].hex);
	}
}

static void pieces_of_any_size_give_the_same_digest(void **state)
{
	struct str all = t_bytes(10007, 3);

	(void)state;
	for (enum digest_kind k = 0; k < DIGEST_KINDS; k++) {
		uint8_t whole[DIGEST_SIZE_MAX], pieces[DIGEST_SIZE_MAX];

		digest_of(k, all, whole);
		for (size_t step = 1; step < 4000; step = step * 3 + 1) {
			struct digest d;

			digest_begin(&d, k);
			for (size_t at = 0; at < all.n; at += step)
				digest_feed(&d, all.p + at, all.n - at < step ? all.n - at : step);
			digest_feed(&d, "", 0);
			digest_end(&d, pieces);
			assert_memory_equal(whole, pieces, digest_size(k));
		}
	}
	free((void *)(uintptr_t)all.p);
}

static void crcs_of_two_runs_join(void **state)
{
	static const size_t cuts[] = { 0, 1, 7, 8, 63, 64, 65, 4096, 99990, 99991 };
	struct str all = t_bytes(99991, 9);

	(void)state;
	for (size_t k = 0; k < sizeof crcs / sizeof crcs[0]; k++) {
		uint8_t out[DIGEST_SIZE_MAX];
		uint64_t whole;

		digest_of(crcs[k], all, out);
		whole = number_of(crcs[k], out);
		for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
			uint64_t a, b;

			digest_of(crcs[k], str_n(all.p, cuts[i]), out);
			a = number_of(crcs[k], out);
			digest_of(crcs[k], str_n(all.p + cuts[i], all.n - cuts[i]), out);
			b = number_of(crcs[k], out);
			assert_true(digest_crc_join(crcs[k], a, b, all.n - cuts[i]) == whole);
		}
	}
	free((void *)(uintptr_t)all.p);
}

static void joining_is_associative_for_lengths_no_buffer_has(void **state)
{
	const uint64_t big = 5ULL << 40;

	(void)state;
	for (size_t k = 0; k < sizeof crcs / sizeof crcs[0]; k++) {
		uint64_t a = 0x1234567, b = 0x89abcde, c = 0x5555aaa, left, right;

		left = digest_crc_join(crcs[k], digest_crc_join(crcs[k], a, b, big), c, 3);
		right = digest_crc_join(crcs[k], a, digest_crc_join(crcs[k], b, c, 3), big + 3);
		assert_true(left == right);
	}
}

static void macs_match_the_rfcs(void **state)
{
	uint8_t out[32], key[131];
	char hex[65];

	(void)state;
	hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), out);	/* RFC 4231, case 2 */
	hex_encode(hex, out, 32);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	hmac_sha256(str_n(key, 131), STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);	/* case 6 */
	hex_encode(hex, out, 32);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac_sha1(STR("Jefe"), STR("what do ya want for nothing?"), out);	/* RFC 2202, case 2 */
	hex_encode(hex, out, 20);
	assert_string_equal(hex, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

static void a_signing_key_is_derived_as_aws_documents_it(void **state)
{
	static const char *const parts[] = { "20120215", "us-east-1", "iam", "aws4_request" };
	uint8_t k[32];
	char hex[65];

	(void)state;
	hmac_sha256(STR("AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), str_of(parts[0]), k);
	for (int i = 1; i < 4; i++)
		hmac_sha256(str_n(k, 32), str_of(parts[i]), k);
	hex_encode(hex, k, 32);
	assert_string_equal(hex, "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
}

static void sameness_looks_at_every_byte(void **state)
{
	uint8_t a[32] = { 1 }, b[32] = { 1 };

	(void)state;
	assert_true(digest_same(a, b, 32));
	for (int i = 0; i < 32; i++) {
		b[i] ^= 0x80;
		assert_false(digest_same(a, b, 32));
		b[i] ^= 0x80;
	}
	assert_true(digest_same(a, b, 0));
}

static void the_needle_crc_goes_on_where_it_stopped(void **state)
{
	uint32_t whole = crc32c(0, "123456789", 9);

	(void)state;
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), whole);
	assert_int_equal(whole, 0xe3069283);
}

static void random_bytes_do_not_repeat(void **state)
{
	uint8_t a[1000] = { 0 }, b[1000] = { 0 };
	int zeros = 0;

	(void)state;
	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	for (size_t i = 0; i < sizeof a; i++)
		zeros += a[i] == 0;
	assert_true(zeros < 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_kinds_give_their_known_values),
		T(pieces_of_any_size_give_the_same_digest),
		T(crcs_of_two_runs_join),
		T(joining_is_associative_for_lengths_no_buffer_has),
		T(macs_match_the_rfcs),
		T(a_signing_key_is_derived_as_aws_documents_it),
		T(sameness_looks_at_every_byte),
		T(the_needle_crc_goes_on_where_it_stopped),
		T(random_bytes_do_not_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
