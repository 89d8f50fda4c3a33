#include "functions/runner/jpeg/stream.h"

enum { RST0 = 0xd0, RST7 = 0xd7 };

/* At the 0xff of a marker, or at the file's end. */
static void end(struct stream *s, int marker)
{
	s->marker = marker;
	memset(s->window + s->n, 0, STREAM_PAD);
	s->watch = s->window + s->n;
}

/* What stands at `next`, which is a 0xff. False when it ended the data. */
static bool special(struct stream *s)
{
	if (s->end - s->next < 2) {
		end(s, STREAM_FILE_END);
		return false;
	}
	if (s->next[1] != 0 && s->next[1] != 0xff) {
		end(s, s->next[1]);
		return false;
	}
	if (s->next[1] == 0) {
		s->window[s->n++] = 0xff;
		s->next++;
	}
	s->next++;	/* of two 0xff the first one only fills */
	return true;
}

static void fill(struct stream *s)
{
	while (s->n < STREAM_WINDOW) {
		size_t room = STREAM_WINDOW - s->n, left = (size_t)(s->end - s->next), run = left < room ? left : room;
		const uint8_t *ff = memchr(s->next, 0xff, run);

		if (ff)
			run = (size_t)(ff - s->next);
		memcpy(s->window + s->n, s->next, run);
		s->n += run;
		s->next += run;
		if (s->next == s->end) {
			end(s, STREAM_FILE_END);
			return;
		}
		if (ff && !special(s))
			return;
	}
	s->watch = s->window + s->n - STREAM_MCU_MAX - sizeof(uint64_t);
}

static void begin(struct stream *s)
{
	s->b = (struct bits){ .p = s->window };
	s->n = 0;
	s->marker = STREAM_OPEN_END;
	fill(s);
}

void stream_open(struct stream *s, struct str file, size_t at)
{
	s->next = (const uint8_t *)file.p + at;
	s->end = (const uint8_t *)file.p + file.n;
	s->spilled = false;
	begin(s);
}

/* Bits that were there before the marker and are not taken yet; negative when more were taken. */
static ptrdiff_t bits_left(const struct stream *s)
{
	return (s->window + s->n - s->b.p) * 8 + (ptrdiff_t)s->b.count;
}

bool stream_more(struct stream *s)
{
	size_t used = (size_t)(s->b.p - s->window);

	if (s->marker != STREAM_OPEN_END)
		return bits_left(s) >= 0;
	memmove(s->window, s->b.p, s->n - used);
	s->b.p = s->window;
	s->n -= used;
	fill(s);
	return true;
}

int stream_restart(struct stream *s)
{
	int marker;

	s->spilled |= bits_left(s) >= 8;
	while (s->marker == STREAM_OPEN_END) {
		s->n = 0;
		fill(s);
		s->spilled |= s->n > 0;
	}
	marker = s->marker;
	if (marker < RST0 || marker > RST7)
		return -1;
	s->next += 2;
	begin(s);
	return marker - RST0;
}

size_t stream_close(struct stream *s, struct str file)
{
	s->spilled |= bits_left(s) >= 8;
	return (size_t)((const char *)s->next - file.p);
}

size_t stream_find_marker(struct str file, size_t at)
{
	while (at + 1 < file.n) {
		const char *ff = memchr(file.p + at, 0xff, file.n - 1 - at);
		uint8_t c;

		if (ff == NULL)
			return file.n;
		at = (size_t)(ff - file.p);
		c = (uint8_t)ff[1];
		if (c != 0 && c != 0xff && (c < RST0 || c > RST7))
			return at;
		at += c == 0xff ? 1 : 2;
	}
	return file.n;
}
