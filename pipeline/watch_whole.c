#include "pipeline/watch_whole.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/sys.h"

#define TAIL 4096
#define PIECE 65536
#define HEAD 16

struct file {
	int fd;
	int64_t size;
	uint8_t head[HEAD];		/* zeros behind a shorter file */
	uint8_t tail[TAIL];
	size_t tail_n;
};

static bool read_at(const struct file *f, int64_t at, void *to, size_t n)
{
	return at >= 0 && at + (int64_t)n <= f->size && sys_pread(f->fd, to, n, (uint64_t)at) == (ssize_t)n;
}

static uint64_t big(const uint8_t *p, int n)
{
	uint64_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static uint32_t little(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool ends_with(const struct file *f, const void *p, size_t n)
{
	return f->tail_n >= n && memcmp(f->tail + f->tail_n - n, p, n) == 0;
}

/* Boxes from `at` on, one behind the other, to the very end. A box of length 0 reaches to the end, whatever that is. */
static enum watch_whole boxes(const struct file *f, int64_t at)
{
	for (int i = 0; i < WATCH_BOXES_MAX && at < f->size; i++) {
		uint8_t h[16];
		uint64_t length;
		uint64_t least = 8;

		if (!read_at(f, at, h, 8))
			return WHOLE_NO;
		length = big(h, 4);
		if (length == 0)
			return WHOLE_YES;
		if (length == 1) {
			if (!read_at(f, at, h, 16))
				return WHOLE_NO;
			length = big(h + 8, 8);
			least = 16;
		}
		if (length < least)
			return WHOLE_UNKNOWN;	/* no boxes at all */
		if (length > (uint64_t)(f->size - at))
			return WHOLE_NO;
		at += (int64_t)length;
	}
	return at == f->size ? WHOLE_YES : WHOLE_UNKNOWN;
}

static enum watch_whole whole_boxes(const struct file *f)
{
	return boxes(f, 0);
}

/* A film that begins somewhere behind the photo and fills the rest of the file. */
static bool has_film(const struct file *f)
{
	uint8_t piece[PIECE + 8];
	int64_t at = 0;

	while (at + 8 < f->size) {
		size_t n = f->size - at < (int64_t)sizeof piece ? (size_t)(f->size - at) : sizeof piece;
		const uint8_t *hit = piece;

		if (!read_at(f, at, piece, n))
			return false;
		while ((hit = memmem(hit, n - (size_t)(hit - piece), "ftyp", 4)) != NULL) {
			int64_t start = at + (hit - piece) - 4;

			if (start > 0 && boxes(f, start) == WHOLE_YES)
				return true;
			hit++;
		}
		at += PIECE;	/* eight bytes are seen twice */
	}
	return false;
}

static bool is_padding(uint8_t c)
{
	return c == 0 || c == 0xff || c == '\n' || c == '\r' || c == ' ';
}

static enum watch_whole whole_jpeg(const struct file *f)
{
	size_t n = f->tail_n;

	while (n >= 2) {
		if (f->tail[n - 2] == 0xff && f->tail[n - 1] == 0xd9)
			return WHOLE_YES;
		if (!is_padding(f->tail[n - 1]))
			break;
		n--;
	}
	return ends_with(f, "SEFT", 4) || has_film(f) ? WHOLE_YES : WHOLE_NO;
}

static enum watch_whole whole_png(const struct file *f)
{
	return ends_with(f, "\0\0\0\0IEND\xae\x42\x60\x82", 12) ? WHOLE_YES : WHOLE_NO;
}

static enum watch_whole whole_gif(const struct file *f)
{
	size_t n = f->tail_n;

	while (n > 0 && f->tail[n - 1] == 0)
		n--;
	return n > 0 && f->tail[n - 1] == 0x3b ? WHOLE_YES : WHOLE_NO;
}

static enum watch_whole whole_riff(const struct file *f)
{
	uint32_t n = little(f->head + 4);

	return f->size >= 8 + (int64_t)n ? WHOLE_YES : WHOLE_NO;
}

static enum watch_whole whole_bmp(const struct file *f)
{
	uint32_t n = little(f->head + 2);

	return n == 0 ? WHOLE_UNKNOWN : f->size >= (int64_t)n ? WHOLE_YES : WHOLE_NO;
}

static const struct {
	size_t at, n;
	const char *magic;
	enum watch_whole (*whole)(const struct file *f);
} formats[] = {
	{ 0, 3, "\xff\xd8\xff", whole_jpeg },
	{ 0, 8, "\x89PNG\r\n\x1a\n", whole_png },
	{ 0, 4, "GIF8", whole_gif },
	{ 0, 4, "RIFF", whole_riff },
	{ 4, 4, "ftyp", whole_boxes },
	{ 4, 4, "jP  ", whole_boxes },
	{ 4, 4, "JXL ", whole_boxes },
	{ 0, 2, "BM", whole_bmp },
};

enum watch_whole watch_whole(int fd, int64_t size)
{
	struct file f = { .fd = fd, .size = size };
	size_t head = size < HEAD ? (size_t)size : HEAD;

	if (size == 0)
		return WHOLE_NO;
	f.tail_n = size < TAIL ? (size_t)size : TAIL;
	if (!read_at(&f, 0, f.head, head) || !read_at(&f, size - (int64_t)f.tail_n, f.tail, f.tail_n))
		return WHOLE_UNKNOWN;
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (memcmp(f.head + formats[i].at, formats[i].magic, formats[i].n) == 0)
			return formats[i].whole(&f);
	return WHOLE_UNKNOWN;
}
