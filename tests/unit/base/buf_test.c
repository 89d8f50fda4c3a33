#include "tests/lib/t.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

static void an_empty_buf_can_be_cleared_twice(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_clear(&b);
	buf_clear(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

static void text_is_always_followed_by_a_nul(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 3000; i++) {
		buf_add(&b, "x", 1);
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_int_equal(strlen(b.data), 3000);
	buf_clear(&b);
}

static void adding_nothing_from_nowhere_is_fine(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add(&b, NULL, 0);
	assert_int_equal(b.len, 0);
	buf_puts(&b, "");
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

static void bytes_with_nuls_survive(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add(&b, "a\0b", 3);
	buf_add(&b, "\0", 1);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\0", 4);
	buf_clear(&b);
}

static void printf_longer_than_any_guess_is_whole(void **state)
{
	struct buf b = { 0 };
	struct str long_text = t_bytes(5000, 1);

	(void)state;
	for (size_t i = 0; i < long_text.n; i++)
		((char *)(uintptr_t)long_text.p)[i] = (char)('a' + i % 26);
	buf_puts(&b, "<");
	buf_printf(&b, "%.*s%d", STR_ARG(long_text), 7);
	assert_int_equal(b.len, 5002);
	assert_memory_equal(b.data + 1, long_text.p, 5000);
	assert_int_equal(b.data[5001], '7');
	free((void *)(uintptr_t)long_text.p);
	buf_clear(&b);
}

static void reserved_room_is_counted_only_when_written(void **state)
{
	struct buf b = { 0 };
	char *room;

	(void)state;
	buf_puts(&b, "ab");
	room = buf_reserve(&b, 100);
	memcpy(room, "cdef", 4);
	assert_int_equal(b.len, 2);
	buf_wrote(&b, 3);
	assert_int_equal(b.len, 5);
	assert_string_equal(b.data, "abcde");
	buf_clear(&b);
}

static void a_buf_is_empty_after_clear_and_usable(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "first");
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_puts(&b, "second");
	assert_string_equal(b.data, "second");
	buf_clear(&b);
}

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena a = { 0 };
	char *last = NULL;

	(void)state;
	for (size_t n = 1; n < 5000; n += 37) {
		char *p = arena_take(&a, n);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xee, n);
		assert_ptr_not_equal(p, last);
		last = p;
	}
	arena_clear(&a);
	assert_null(a.head);
}

static void arena_copies_end_with_a_nul(void **state)
{
	struct arena a = { 0 };
	char raw[3] = { 'a', 'b', 'c' };
	char *d = arena_dup(&a, str_n(raw, 3));
	struct str s = arena_str(&a, str_n(raw, 2));

	(void)state;
	raw[0] = 'z';
	assert_string_equal(d, "abc");
	assert_true(str_is(s, "ab"));
	assert_string_equal(arena_dup(&a, (struct str){ 0 }), "");
	assert_string_equal(arena_printf(&a, "%s-%05d", "x", 42), "x-00042");
	arena_clear(&a);
}

static void one_piece_larger_than_a_block_fits_in_an_arena(void **state)
{
	struct arena a = { 0 };
	char *small = arena_take(&a, 10), *big = arena_take(&a, 1 << 20), *after = arena_take(&a, 10);

	(void)state;
	memset(big, 1, 1 << 20);
	memset(small, 2, 10);
	memset(after, 3, 10);
	assert_int_equal(big[0], 1);
	assert_int_equal(big[(1 << 20) - 1], 1);
	assert_true(a.used >= (1 << 20) + 20);
	arena_clear(&a);
	assert_int_equal(a.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_empty_buf_can_be_cleared_twice),
		T(text_is_always_followed_by_a_nul),
		T(adding_nothing_from_nowhere_is_fine),
		T(bytes_with_nuls_survive),
		T(printf_longer_than_any_guess_is_whole),
		T(reserved_room_is_counted_only_when_written),
		T(a_buf_is_empty_after_clear_and_usable),
		T(arena_memory_is_zeroed_aligned_and_apart),
		T(arena_copies_end_with_a_nul),
		T(one_piece_larger_than_a_block_fits_in_an_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
