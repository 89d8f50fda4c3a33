#include "web/s3/chunked.h"

#include "base/err.h"

void chunked_init(struct chunked *c, const struct chunked_calls *calls, void *owner)
{
	*c = (struct chunked){ .calls = calls, .owner = owner, .state = CHUNKED_SIZE };
}

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	return -1;
}

static int parse_size(struct str s, uint64_t *size)
{
	uint64_t n = 0;

	if (s.n == 0 || s.n > 16)
		return E_BAD_INPUT;
	for (size_t i = 0; i < s.n; i++) {
		int d = hex_digit(s.p[i]);

		if (d < 0)
			return E_BAD_INPUT;
		n = n << 4 | (uint64_t)d;
	}
	*size = n;
	return n <= CHUNKED_SIZE_MAX ? 0 : E_TOO_LARGE;
}

static struct str signature(const struct chunked *c)
{
	return c->signature_n ? str_n(c->signature, c->signature_n) : (struct str){ 0 };
}

/* Extensions other than the signature are skipped, as RFC 9112 wants for chunks. */
static int on_size_line(struct chunked *c, struct str line)
{
	struct str part;
	int rc;

	c->signature_n = 0;
	(void)str_next(&line, ';', &part);
	if ((rc = parse_size(str_trim(part), &c->left)) < 0)
		return rc;
	while (str_next(&line, ';', &part)) {
		struct str name;

		(void)str_next(&part, '=', &name);
		if (!str_eq(str_trim(name), STR("chunk-signature")))
			continue;
		if (part.n != sizeof c->signature)
			return E_BAD_INPUT;
		memcpy(c->signature, part.p, part.n);
		c->signature_n = part.n;
	}
	if (c->left > 0) {
		c->state = CHUNKED_DATA;
		return 0;
	}
	c->state = CHUNKED_TRAILER;
	return c->calls->chunk(c->owner, signature(c));
}

static int on_trailer_line(struct chunked *c, struct str line)
{
	struct str name;

	if (line.n == 0) {
		c->state = CHUNKED_DONE;
		return 0;
	}
	if (++c->trailers > CHUNKED_TRAILERS_MAX)
		return E_TOO_LARGE;
	if (!str_next(&line, ':', &name) || !str_is_set(line))
		return E_BAD_INPUT;
	return c->calls->trailer(c->owner, str_trim(name), str_trim(line));
}

static int on_line(struct chunked *c, struct str line)
{
	switch (c->state) {
	case CHUNKED_SIZE:
		return on_size_line(c, line);
	case CHUNKED_DATA_END:
		c->state = CHUNKED_SIZE;
		return line.n == 0 ? c->calls->chunk(c->owner, signature(c)) : E_BAD_INPUT;
	case CHUNKED_TRAILER:
		return on_trailer_line(c, line);
	case CHUNKED_DONE:
		return line.n == 0 ? 0 : E_BAD_INPUT;
	case CHUNKED_DATA:
		break;
	}
	return E_BAD_INPUT;
}

static int add_to_line(struct chunked *c, char ch)
{
	size_t n = c->line_n;

	if (ch != '\n') {
		if (n == sizeof c->line)
			return E_TOO_LARGE;
		c->line[c->line_n++] = ch;
		return 0;
	}
	if (n > 0 && c->line[n - 1] == '\r')
		n--;
	c->line_n = 0;
	return on_line(c, str_n(c->line, n));
}

int chunked_feed(struct chunked *c, const void *p, size_t n)
{
	const char *at = p, *end = at + n;
	int rc = 0;

	while (at < end && rc == 0) {
		size_t k = (size_t)(end - at);

		if (c->state != CHUNKED_DATA) {
			rc = add_to_line(c, *at++);
			continue;
		}
		if (k > c->left)
			k = (size_t)c->left;
		rc = c->calls->data(c->owner, at, k);
		at += k;
		c->left -= k;
		if (c->left == 0)
			c->state = CHUNKED_DATA_END;
	}
	return rc;
}

bool chunked_complete(const struct chunked *c)
{
	bool blank = c->line_n == 0 || (c->line_n == 1 && c->line[0] == '\r');

	return blank && (c->state == CHUNKED_DONE || c->state == CHUNKED_TRAILER);
}
