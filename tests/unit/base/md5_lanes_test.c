#include "tests/lib/t.h"

#include <string.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/md5_lanes.h"

/* RFC 1321, A.5 */
static const struct {
	const char *text, *hex;
} known[] = {
	{ "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ "a", "0cc175b9c0f1b6a831c399e269772661" },
	{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	{ "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f" },
	{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
	  "57edf4a22be3c955ac49da2e2107b67a" },
};
#define KNOWN ((int)(sizeof known / sizeof known[0]))

static const struct md5_lane begun = { .state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } };

static uint32_t dice(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)*seed * below >> 32);
}

/* The padding of the RFC, done by hand: 0x80, zeros, the length in bits. */
static size_t pad(uint8_t to[128], const char *text)
{
	size_t n = strlen(text), all = n + 9 <= 64 ? 64 : 128;

	memset(to, 0, 128);
	memcpy(to, text, n);
	to[n] = 0x80;
	to[all - 8] = (uint8_t)(8 * n);
	to[all - 7] = (uint8_t)(8 * n >> 8);
	return all / 64;
}

static void expect(const struct md5_lane *l, const char *hex)
{
	uint8_t sum[16];
	char text[33];

	for (int i = 0; i < 16; i++)
		sum[i] = (uint8_t)(l->state[i / 4] >> 8 * (i % 4));
	hex_encode(text, sum, 16);
	assert_string_equal(text, hex);
}

static void every_kernel_gives_the_sums_of_the_rfc_in_every_lane(void **state)
{
	uint8_t block[KNOWN][128];
	size_t blocks[KNOWN];

	(void)state;
	for (int i = 0; i < KNOWN; i++)
		blocks[i] = pad(block[i], known[i].text);
	for (const struct md5_kernel *const *k = md5_kernels(); *k; k++) {
		assert_in_range((*k)->width, 2, MD5_LANES_MAX);
		for (int n = 1; n <= (*k)->width; n++) {
			struct md5_lane lane[MD5_LANES_MAX];

			for (size_t length = 1; length <= 2; length++) {	/* all lanes go equally far */
				int which[MD5_LANES_MAX];

				for (int i = 0; i < n; i++) {
					for (which[i] = i % KNOWN; blocks[which[i]] != length; which[i] = (which[i] + 1) % KNOWN)
						;
					lane[i] = begun;
					lane[i].p = block[which[i]];
				}
				(*k)->run(lane, n, length);
				for (int i = 0; i < n; i++)
					expect(&lane[i], known[which[i]].hex);
			}
		}
	}
}

static void the_kernel_for_some_lanes_holds_them_or_is_the_widest(void **state)
{
	const struct md5_kernel *const *k = md5_kernels();
	int widest = 0;

	(void)state;
	for (; *k; k++)
		widest = (*k)->width > widest ? (*k)->width : widest;
	for (int n = 1; n <= 2 * MD5_LANES_MAX; n++) {
		const struct md5_kernel *one = md5_kernel_for(n);

		if (!widest)
			assert_null(one);
		else
			assert_true(one->width == widest || one->width >= n);
	}
}

static struct str room;		/* pieces are cut from it, at any address */

static void feed_in_lanes_until_empty(struct digest_piece *all, int count, uint32_t *seed)
{
	for (;;) {
		struct digest_piece *left[MD5_LANES_MAX];
		size_t before = 0, after = 0;
		int n = 0;

		for (int i = 0; i < count; i++)
			if (all[i].n > 0)
				left[n++] = &all[i];
		if (n == 0)
			return;
		for (int i = 0; i < n; i++)
			before += left[i]->n;
		digest_feed_lanes(left, n, 64 + dice(seed, 5000));
		for (int i = 0; i < n; i++)
			after += left[i]->n;
		assert_true(after < before);
	}
}

/* Rounds of pieces of any length and address, some fed by libcrypto alone in between. */
static void mix(int count, uint32_t *seed)
{
	struct digest mixed[MD5_LANES_MAX], plain[MD5_LANES_MAX];
	uint8_t a[DIGEST_SIZE_MAX], b[DIGEST_SIZE_MAX];

	for (int i = 0; i < count; i++) {
		digest_begin(&mixed[i], DIGEST_MD5);
		digest_begin(&plain[i], DIGEST_MD5);
	}
	for (int round = 0; round < 4; round++) {
		struct digest_piece piece[MD5_LANES_MAX];

		for (int i = 0; i < count; i++) {
			size_t n = dice(seed, dice(seed, 3) ? 6000 : 150), at = dice(seed, (uint32_t)(room.n - n));

			digest_feed(&plain[i], room.p + at, n);
			piece[i] = (struct digest_piece){ &mixed[i], (const uint8_t *)room.p + at, n };
			if (dice(seed, 5) == 0) {
				digest_feed(&mixed[i], room.p + at, n);
				piece[i].n = 0;
			}
		}
		feed_in_lanes_until_empty(piece, count, seed);
	}
	for (int i = 0; i < count; i++) {
		assert_memory_equal(mixed[i].u.room, plain[i].u.room, 24);	/* A to D and the length */
		digest_end(&mixed[i], a);
		digest_end(&plain[i], b);
		assert_memory_equal(a, b, 16);
	}
}

static void lanes_and_libcrypto_may_be_mixed_at_any_length_and_address(void **state)
{
	uint32_t seed = 7;

	(void)state;
	room = t_bytes(20000, 5);
	for (int count = 1; count <= MD5_LANES_MAX; count++)
		for (int i = 0; i < 40; i++)
			mix(count, &seed);
	free((void *)(uintptr_t)room.p);
}

static void the_length_carries_beyond_32_bits(void **state)
{
	enum { N = 4096 };
	struct str bytes = t_bytes(N, 11);
	struct digest d[2], other;
	uint8_t a[DIGEST_SIZE_MAX], b[DIGEST_SIZE_MAX];
	struct digest_piece one = { &d[0], (const uint8_t *)bytes.p, N }, two = { &other, (const uint8_t *)bytes.p, N };
	struct digest_piece *both[] = { &one, &two };

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint32_t low = UINT32_MAX - 511;	/* as after 2^29 - 64 bytes, which are told, not fed */

		digest_begin(&d[i], DIGEST_MD5);
		memcpy((uint8_t *)d[i].u.room + 16, &low, sizeof low);
	}
	digest_begin(&other, DIGEST_MD5);
	digest_feed_lanes(both, 2, N);
	digest_feed(&d[1], bytes.p, N);
	assert_int_equal(one.n, 0);
	assert_memory_equal(d[0].u.room, d[1].u.room, 24);
	digest_end(&d[0], a);
	digest_end(&d[1], b);
	assert_memory_equal(a, b, 16);
	free((void *)(uintptr_t)bytes.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_kernel_gives_the_sums_of_the_rfc_in_every_lane),
		T(the_kernel_for_some_lanes_holds_them_or_is_the_widest),
		T(lanes_and_libcrypto_may_be_mixed_at_any_length_and_address),
		T(the_length_carries_beyond_32_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
