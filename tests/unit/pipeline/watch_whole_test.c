/* Whether a file ends as its format ends. */
#include "pipeline/watch_whole.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/lib/t.h"

#define BYTES(literal) STR(literal)

static enum watch_whole of(struct str bytes)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	enum watch_whole w;

	assert_true(fd >= 0 && write(fd, bytes.p ? bytes.p : "", bytes.n) == (ssize_t)bytes.n);
	w = watch_whole(fd, (int64_t)bytes.n);
	close(fd);
	return w;
}

static void formats_that_end_and_that_do_not(void **state)
{
	static const struct { enum watch_whole want; struct str file; } rows[] = {
		{ WHOLE_NO, { "", 0 } },
		{ WHOLE_UNKNOWN, BYTES("hello") },
		{ WHOLE_UNKNOWN, BYTES("II*\0some tiff or other") },
		{ WHOLE_YES, BYTES("\xff\xd8\xff\xe0 picture \xff\xd9") },
		{ WHOLE_YES, BYTES("\xff\xd8\xff\xe0 picture \xff\xd9\0\0\0\xff\n") },
		{ WHOLE_NO, BYTES("\xff\xd8\xff\xe0 picture \xff") },
		{ WHOLE_NO, BYTES("\xff\xd8\xff\xe0 pic \xff\xd9 ture") },
		{ WHOLE_YES, BYTES("\xff\xd8\xff\xe0 picture \xff\xd9 sound and more SEFT") },
		{ WHOLE_YES, BYTES("\xff\xd8\xff\xe0 picture \xff\xd9\0\0\0\14ftypmp42\0\0\0\11mdatX") },
		{ WHOLE_NO, BYTES("\xff\xd8\xff\xe0 picture \xff\xd9\0\0\0\14ftypmp42\0\0\0\12mdatX") },
		{ WHOLE_YES, BYTES("\x89PNG\r\n\x1a\n chunks \0\0\0\0IEND\xae\x42\x60\x82") },
		{ WHOLE_NO, BYTES("\x89PNG\r\n\x1a\n chunks \0\0\0\0IEND\xae\x42\x60") },
		{ WHOLE_YES, BYTES("GIF89a picture \0;") },
		{ WHOLE_YES, BYTES("GIF89a picture \0;\0\0") },
		{ WHOLE_NO, BYTES("GIF89a picture \0") },
		{ WHOLE_YES, BYTES("RIFF\14\0\0\0WEBPVP8 1234") },
		{ WHOLE_NO, BYTES("RIFF\15\0\0\0WEBPVP8 1234") },
		{ WHOLE_YES, BYTES("BM\20\0\0\0 and the rest") },
		{ WHOLE_NO, BYTES("BM\377\0\0\0 and the rest") },
		{ WHOLE_UNKNOWN, BYTES("BM\0\0\0\0 and the rest") },
		{ WHOLE_YES, BYTES("\0\0\0\14ftypheic\0\0\0\11metaX\0\0\0\12mdatXY") },
		{ WHOLE_NO, BYTES("\0\0\0\14ftypheic\0\0\0\11metaX\0\0\0\12mdatX") },
		{ WHOLE_NO, BYTES("\0\0\0\14ftypheic\0\0\0\11metaX\0\0") },
		{ WHOLE_YES, BYTES("\0\0\0\14ftypheic\0\0\0\0mdat to the end") },
		{ WHOLE_YES, BYTES("\0\0\0\14ftypheic\0\0\0\1mdat\0\0\0\0\0\0\0\22XY") },
		{ WHOLE_NO, BYTES("\0\0\0\14ftypheic\0\0\0\1mdat\0\0\0\0\0\0\0\23XY") },
		{ WHOLE_UNKNOWN, BYTES("\0\0\0\14ftypheic\0\0\0\3mdat") },
		{ WHOLE_YES, BYTES("\0\0\0\14JXL \r\n\x87\n\0\0\0\10jxlc") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (of(rows[i].file) != rows[i].want)
			fail_msg("row %zu is %d, want %d", i, of(rows[i].file), rows[i].want);
}

/* The film is found wherever it begins, also where two pieces meet that are read one after the other. */
static void a_film_behind_a_photo_is_found_at_any_place(void **state)
{
	static const size_t places[] = { 100, 65530, 65536, 65537, 131065, 131075, 200000 };

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct buf b = {0};

		buf_puts(&b, "\xff\xd8\xff\xe0");
		while (b.len < places[i])
			buf_add(&b, "x", 1);
		buf_add(&b, "\0\0\0\14ftypmp42\0\0\0\21mdat5 bytes :", 29);
		assert_int_equal(of(str_n(b.data, b.len)), WHOLE_YES);
		assert_int_equal(of(str_n(b.data, b.len - 1)), WHOLE_NO);
		buf_clear(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(formats_that_end_and_that_do_not),
		T(a_film_behind_a_photo_is_found_at_any_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
