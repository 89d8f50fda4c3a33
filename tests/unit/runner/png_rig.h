/* png_rig.h - PNG files made by hand, and what is read of them. */
#ifndef TESTS_PNG_RIG_H
#define TESTS_PNG_RIG_H

#include "tests/lib/t.h"

#include <math.h>

#include "base/buf.h"
#include "base/crc.h"
#include "functions/runner/reader.h"
#include "tests/unit/runner/png_pixels.h"

struct spec {			/* of a file to write */
	int width, height, color, depth;
	bool interlaced, key;
	int filters;		/* PNG_FILTER_...; 0: a different one for each row */
	int level;		/* of zlib; 0: stored */
	size_t idat;		/* bytes of a chunk; 0: as libpng likes */
	bool grainy;		/* noise, else smooth */
};

static inline void on_write(png_structp png, png_bytep p, size_t n)
{
	buf_add(png_get_io_ptr(png), p, n);
}

static inline void on_flush(png_structp png)
{
	(void)png;
}

static inline void write_tables(png_structp png, png_infop info, const struct spec *s)
{
	png_color palette[256];
	png_byte alpha[256];
	png_color_16 key = { 0, 1, 1, 1, 1 };
	int n = s->color == PNG_PALETTE ? 1 << s->depth : 0;

	for (int i = 0; i < n; i++) {
		palette[i] = (png_color){ (png_byte)(i * 7), (png_byte)(255 - i), (png_byte)(i * 31) };
		alpha[i] = (png_byte)(i * 3 + 1);
	}
	if (n > 0)
		png_set_PLTE(png, info, palette, n);
	if (s->key)
		png_set_tRNS(png, info, alpha, n > 1 ? n - 1 : n, &key);
}

static inline uint8_t *samples_of(const struct spec *s, size_t bytes)
{
	struct str noise = t_bytes(bytes * (size_t)s->height, 11);
	uint8_t *p = (uint8_t *)(uintptr_t)noise.p;

	for (size_t i = 0; !s->grainy && i < bytes * (size_t)s->height; i++)
		p[i] = (uint8_t)(i % bytes + 3 * (i / bytes) + (p[i] & 3));
	return p;
}

static inline struct str png_of(const struct spec *s)
{
	static const int each[] = { PNG_FILTER_NONE, PNG_FILTER_SUB, PNG_FILTER_UP, PNG_FILTER_AVG, PNG_FILTER_PAETH };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, png_pixels_quiet);
	png_infop info = png_create_info_struct(png);
	struct buf out = { 0 };
	uint8_t *samples;
	size_t bytes;
	int passes;

	png_set_write_fn(png, &out, on_write, on_flush);
	png_set_compression_level(png, s->level);
	if (s->idat)
		png_set_compression_buffer_size(png, s->idat);
	png_set_filter(png, 0, s->filters ? s->filters : PNG_ALL_FILTERS);
	png_set_IHDR(png, info, (png_uint_32)s->width, (png_uint_32)s->height, s->depth, s->color,
		     s->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	write_tables(png, info, s);
	png_write_info(png, info);
	passes = png_set_interlace_handling(png);
	bytes = png_get_rowbytes(png, info);
	samples = samples_of(s, bytes);
	for (int pass = 0; pass < passes; pass++)
		for (int y = 0; y < s->height; y++) {
			if (s->filters == 0)
				png_set_filter(png, 0, each[y % 5]);
			png_write_row(png, samples + (size_t)y * bytes);
		}
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	free(samples);
	return str_n(out.data, out.len);
}

static inline void lose(struct str file)
{
	free((void *)(uintptr_t)file.p);
}

static inline void add_chunk(struct buf *b, const char *type, const void *data, size_t n)
{
	char head[8] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n, type[0], type[1], type[2], type[3] };
	uint32_t crc = crc32_zlib(crc32_zlib(0, type, 4), data, n);
	char tail[4] = { (char)(crc >> 24), (char)(crc >> 16), (char)(crc >> 8), (char)crc };

	buf_add(b, head, 8);
	buf_add(b, data, n);
	buf_add(b, tail, 4);
}

/* The file with all of its data in chunks of `each` bytes; `empty` puts one without any before each. */
static inline struct str rebuilt(struct str file, size_t each, bool empty, const char *extra)
{
	struct buf data = { 0 }, out = { 0 };
	struct png_chunk c;

	buf_add(&out, file.p, 8);
	for (size_t at = 8; png_chunk_at(file, at, &c); at = c.next) {
		char type[5] = { c.type.p[0], c.type.p[1], c.type.p[2], c.type.p[3] };

		if (str_eq(c.type, STR("IDAT"))) {
			buf_add(&data, c.data.p, c.data.n);
			continue;
		}
		for (size_t i = 0; str_eq(c.type, STR("IEND")) && i < data.len; i += each) {
			if (empty)
				add_chunk(&out, "IDAT", "", 0);
			add_chunk(&out, "IDAT", data.data + i, data.len - i < each ? data.len - i : each);
		}
		if (extra && str_eq(c.type, STR("IEND")))
			add_chunk(&out, "IDAT", extra, strlen(extra));
		add_chunk(&out, type, c.data.p, c.data.n);
	}
	buf_clear(&data);
	return str_n(out.data, out.len);
}

/* Changes one byte of the first chunk of a type, at an offset into its data, and makes the checksum right again if asked. */
static inline void change(struct str file, const char *type, size_t offset, uint8_t to, bool mend)
{
	char *p = (char *)(uintptr_t)file.p;
	struct png_chunk c;

	for (size_t at = 8; png_chunk_at(file, at, &c); at = c.next)
		if (memcmp(c.type.p, type, 4) == 0) {
			uint32_t crc;

			p[at + 8 + offset] = (char)to;
			crc = crc32_zlib(0, p + at + 4, c.data.n + 4);
			for (int i = 0; mend && i < 4; i++)
				p[at + 8 + c.data.n + (size_t)i] = (char)(crc >> (24 - 8 * i));
			return;
		}
	fail_msg("no %s", type);
}

struct shot {
	struct header h;
	struct master m;
	enum reason why;
	char message[SAY_MAX];
};

static inline struct shot take(struct str file, int width, int height, bool deep)
{
	struct shot s = { .h = { .format = FORMAT_PNG, .frames = 1 } };
	struct reading r = { .photo = file, .h = &s.h, .need = { .width = width, .height = height, .deep = deep } };

	assert_int_equal(png_header(file, &s.h, s.message), REASON_NONE);
	s.why = png_read(&r, &s.m, s.message);
	return s;
}

#endif
