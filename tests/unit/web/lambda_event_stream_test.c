#include "tests/lib/t.h"

#include "web/lambda/event_stream.h"

/* As the specification has it, bit by bit. */
static uint32_t crc(const char *p, size_t n)
{
	uint32_t c = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		c ^= (uint8_t)p[i];
		for (int k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
	}
	return ~c;
}

static uint32_t number(const char *p, int bytes)
{
	uint32_t n = 0;

	for (int i = 0; i < bytes; i++)
		n = n << 8 | (uint8_t)p[i];
	return n;
}

/* The value of a header; absent when there is none. `p` is at the first. */
static struct str header(const char *p, size_t n, const char *name)
{
	const char *end = p + n;

	while (p < end) {
		struct str key = str_n(p + 1, (uint8_t)*p), value;

		p += 1 + key.n;
		assert_int_equal(*p, 7);
		value = str_n(p + 3, number(p + 1, 2));
		p += 3 + value.n;
		assert_true(p <= end);
		if (str_eq(key, str_of(name)))
			return value;
	}
	return (struct str){ 0 };
}

static void check(const char *p, size_t n, const char *event, const char *type, struct str payload)
{
	size_t headers = number(p + 4, 4);

	assert_int_equal(number(p, 4), n);
	assert_int_equal(number(p + 8, 4), crc(p, 8));
	assert_int_equal(number(p + n - 4, 4), crc(p, n - 4));
	assert_true(str_eq(header(p + 12, headers, ":event-type"), str_of(event)));
	assert_true(str_eq(header(p + 12, headers, ":content-type"), str_of(type)));
	assert_true(str_eq(header(p + 12, headers, ":message-type"), STR("event")));
	assert_true(str_eq(str_n(p + 12 + headers, n - 16 - headers), payload));
}

static void messages_follow_each_other_with_their_checksums(void **state)
{
	struct str much = t_bytes(100000, 5);
	struct buf b = { 0 };
	size_t first, second;

	(void)state;
	event_stream_add(&b, "PayloadChunk", "application/octet-stream", much);
	first = b.len;
	event_stream_add(&b, "InvokeComplete", "application/json", STR("{}"));
	second = b.len;
	event_stream_add(&b, "PayloadChunk", "application/octet-stream", STR(""));
	check(b.data, first, "PayloadChunk", "application/octet-stream", much);
	check(b.data + first, second - first, "InvokeComplete", "application/json", STR("{}"));
	check(b.data + second, b.len - second, "PayloadChunk", "application/octet-stream", STR(""));
	buf_clear(&b);
	free((char *)(uintptr_t)much.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(messages_follow_each_other_with_their_checksums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
