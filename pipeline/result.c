#include "pipeline/result.h"

#include <stdio.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"

static const char *const content_types[] = { "image/webp", "image/jpeg", "image/png", "image/avif" };

static bool known_type(struct str type)
{
	for (size_t i = 0; i < sizeof content_types / sizeof *content_types; i++)
		if (str_eq(type, str_of(content_types[i])))
			return true;
	return false;
}

static bool good_name(struct str name)
{
	if (name.n == 0 || name.n > RENDITION_NAME_MAX || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr("._-", c, 3)))
			return false;
	}
	return true;
}

static bool named_before(const struct result *r, struct str name)
{
	for (int i = 0; i < r->count; i++)
		if (str_eq(r->renditions[i].name, name))
			return true;
	return false;
}

static int read_one(struct result *r, struct arena *a, const struct json_value *v, struct str original_key)
{
	struct rendition *one = &r->renditions[r->count];
	int64_t offset = json_number(v, "offset", -1), length = json_number(v, "length", -1);

	*one = (struct rendition){ .name = json_text(v, "name"), .content_type = json_text(v, "content_type"),
				   .width = json_number(v, "width", 0), .height = json_number(v, "height", 0) };
	if (!good_name(one->name) || named_before(r, one->name) || !known_type(one->content_type))
		return E_BAD_INPUT;
	if (one->width <= 0 || one->height <= 0 || offset < 0 || length <= 0 || offset > (int64_t)r->map_length ||
	    length > (int64_t)r->map_length - offset)
		return E_BAD_INPUT;
	if (original_key.n + 1 + one->name.n > OBJECT_KEY_MAX)
		return E_TOO_LARGE;
	one->bytes = str_n((const char *)r->map + offset, (size_t)length);
	one->key = str_of(arena_printf(a, "%.*s/%.*s", STR_ARG(original_key), STR_ARG(one->name)));
	r->count++;
	return 0;
}

int result_read(struct result *r, struct arena *a, struct str answer, int fd, int64_t length, struct str original_key)
{
	struct json_value *v;
	const struct json_value *list;
	int rc;

	*r = (struct result){0};
	if (json_parse(a, answer, &v) < 0 || fd < 0 || length <= 0)
		return E_BAD_INPUT;
	list = json_get(v, "renditions");
	if (!list || list->kind != JSON_ARRAY || list->count < 1 || list->count > RENDITIONS_MAX)
		return E_BAD_INPUT;
	r->map = mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, fd, 0);
	if (r->map == MAP_FAILED) {
		r->map = NULL;
		return E_BAD_INPUT;
	}
	r->map_length = (size_t)length;
	for (const struct json_value *one = list->first; one; one = one->next)
		if ((rc = read_one(r, a, one, original_key)) < 0)
			return rc;
	r->photo = json_get(v, "photo");
	return 0;
}

void result_clear(struct result *r)
{
	if (r->map)
		munmap(r->map, r->map_length);
	*r = (struct result){0};
}

static struct str checksum_text(struct arena *a, struct str bytes)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	struct buf text = {0};
	struct str s;

	digest_of(DIGEST_CRC64NVME, bytes, digest);
	base64_encode(&text, digest, digest_size(DIGEST_CRC64NVME));
	s = arena_str(a, str_n(text.data, text.len));
	buf_clear(&text);
	return s;
}

static struct str header_json(struct arena *a, struct str content_type)
{
	struct buf text = {0};
	struct json j = json_into(&text);
	struct str s;

	json_open(&j, NULL, '{');
	json_str(&j, "content-type", content_type);
	json_close(&j);
	s = arena_str(a, str_n(text.data, text.len));
	buf_clear(&text);
	return s;
}

static void describe(const struct rendition *one, struct arena *a, struct object *o)
{
	uint8_t md5[DIGEST_SIZE_MAX];
	char hex[33];

	digest_of(DIGEST_MD5, one->bytes, md5);
	hex_encode(hex, md5, 16);
	*o = (struct object){
		.key = one->key, .size = (int64_t)one->bytes.n, .etag = arena_str(a, str_of(hex)),
		.sum = { .type = SUM_FULL, .kind = DIGEST_CRC64NVME, .text = checksum_text(a, one->bytes) },
		.headers = header_json(a, one->content_type),
	};
}

static int store_large(struct store *s, struct str bytes, struct extent *where)
{
	struct blob b;
	int rc = blob_stage(&b, store_blobs(s), bytes.n);

	if (rc < 0)
		return rc;
	if ((rc = blob_write(&b, bytes.p, bytes.n)) < 0) {
		blob_abort(&b);
		return rc;
	}
	return blob_commit(&b, where);
}

int result_store(const struct result *r, struct arena *a, struct store *s, struct str to_bucket, struct photo_keep *k,
		 struct needle *needles)
{
	int rc;

	for (int i = 0; i < r->count; i++) {
		const struct rendition *one = &r->renditions[i];

		describe(one, a, &k->renditions[i]);
		needles[i] = (struct needle){ .key = str_of(arena_printf(a, "%.*s/%.*s", STR_ARG(to_bucket), STR_ARG(one->key))) };
		if (one->bytes.n <= BLOB_NEEDLE_MAX) {
			needles[i].data = one->bytes;
		} else if ((rc = store_large(s, one->bytes, &k->large[i])) < 0) {
			result_forget(s, k);
			return rc;
		}
	}
	k->count = r->count;
	k->change.needles = needles;
	k->change.needle_count = r->count;
	return 0;
}

void result_forget(struct store *s, struct photo_keep *k)
{
	for (int i = 0; i < RENDITIONS_MAX; i++) {
		if (k->large[i].kind == EXTENT_FILE)
			blob_forget(store_blobs(s), &k->large[i]);
		k->large[i] = (struct extent){0};
	}
}
