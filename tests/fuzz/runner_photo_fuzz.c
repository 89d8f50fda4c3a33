/* runner_photo_fuzz.c - a stranger's JPEG, PNG or WebP on its whole way through the fast program: header, blocks, decoder, colours,
 * renditions of every kind, encoders. The last byte chooses the renditions, so that a seed meets all of them. What comes out must be an
 * answer that can be parsed with files of the told lengths, or a reason with a sentence. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/check.h"
#include "functions/runner/animation.h"
#include "functions/runner/thumbnail.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

reader_fn *const readers[FORMATS] = { [FORMAT_JPEG] = jpeg_read, [FORMAT_PNG] = png_read, [FORMAT_WEBP] = webp_read };
frames_fn *const frame_readers[FORMATS] = { [FORMAT_WEBP] = webp_frames };

/* Larger pictures would only be slow. */
#define LIMITS "\"MAX_PIXELS\":\"300000\",\"MAX_PIXELS_BUFFERED\":\"300000\",\"MAX_ANIMATION_FRAMES\":\"4\","

static const char *const environments[] = {
	"{" LIMITS "\"RENDITIONS\":\"a.webp=16 b.jpg=40 c.png=24,pad,background=ff000080\"}",
	"{" LIMITS "\"RENDITIONS\":\"a.jpg=30x20,fill,gravity=attention,progressive b.jpg=8x50,exact,chroma=444\"}",
	"{" LIMITS "\"RENDITIONS\":\"a.png=20,linear,sharpen=80 b.webp=33,lossless c.png=12x30,fill,focus=0.9:0.1\",\"BLURHASH\":\"1\"}",
	"{" LIMITS "\"RENDITIONS\":\"a=40,format=auto b.jpg=64,bytes=900,enlarge c.webp=20,animated\",\"GPS\":\"round\"}",
	"{" LIMITS "\"RENDITIONS\":\"a.jpg=30,keep=profile+copyright b.png=30,outside,progressive c.jpg=9x7,fill,gravity=entropy\"}",
};

static void read_back(const struct buf *answer, const struct buf *files)
{
	struct arena a = { 0 };
	struct json_value *v;

	CHECK(json_parse(&a, str_n(answer->data, answer->len), &v) == 0);
	for (const struct json_value *r = json_get(v, "renditions")->first; r; r = r->next) {
		int64_t at = json_number(r, "offset", -1), n = json_number(r, "length", -1);

		CHECK(at >= 0 && n > 0 && (uint64_t)(at + n) <= files->len);
		CHECK(json_number(r, "width", 0) > 0 && json_number(r, "height", 0) > 0);
	}
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf answer = { 0 }, files = { 0 };
	struct arena a = { 0 };
	struct json_value *env;
	char message[512];
	char *copy;
	enum reason why;

	if (n == 0)
		return 0;
	copy = malloc(n - 1);	/* its end is where the sanitizer watches */
	CHECK(n == 1 || copy != NULL);
	if (n > 1)
		memcpy(copy, p, n - 1);
	CHECK(json_parse(&a, str_of(environments[p[n - 1] % (sizeof environments / sizeof environments[0])]), &env) == 0);
	why = thumbnail_make(str_n(copy, n - 1), env, &answer, &files, message);
	if (why == REASON_NONE)
		read_back(&answer, &files);
	else
		CHECK(why != REASON_SETTINGS && message[0] != '\0' && answer.len == 0);
	buf_clear(&answer);
	buf_clear(&files);
	arena_clear(&a);
	free(copy);
	return 0;
}
