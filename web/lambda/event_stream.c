#include "web/lambda/event_stream.h"

#include <stdint.h>

#include "base/crc.h"

#define PRELUDE 12
#define TEXT 7

static void add_number(struct buf *to, uint64_t n, int bytes)
{
	uint8_t raw[4];

	for (int i = 0; i < bytes; i++)
		raw[i] = (uint8_t)(n >> 8 * (bytes - 1 - i));
	buf_add(to, raw, (size_t)bytes);
}

static void add_header(struct buf *to, const char *name, const char *value)
{
	struct str n = str_of(name), v = str_of(value);

	add_number(to, n.n, 1);
	buf_add(to, n.p, n.n);
	add_number(to, TEXT, 1);
	add_number(to, v.n, 2);
	buf_add(to, v.p, v.n);
}

void event_stream_add(struct buf *to, const char *event, const char *content_type, struct str payload)
{
	struct buf headers = { 0 };
	size_t start = to->len;

	add_header(&headers, ":event-type", event);
	add_header(&headers, ":content-type", content_type);
	add_header(&headers, ":message-type", "event");
	add_number(to, PRELUDE + headers.len + payload.n + 4, 4);
	add_number(to, headers.len, 4);
	add_number(to, crc32_zlib(0, to->data + start, to->len - start), 4);
	buf_add(to, headers.data, headers.len);
	buf_add(to, payload.p, payload.n);
	add_number(to, crc32_zlib(0, to->data + start, to->len - start), 4);
	buf_clear(&headers);
}
