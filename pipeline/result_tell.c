#include "pipeline/result.h"

void result_tell(struct json *j, const struct result *r, struct str to_bucket, const struct photo_name *of)
{
	for (int i = 0; i < r->count; i++) {
		const struct rendition *t = &r->renditions[i];

		json_open(j, NULL, '{');
		json_str(j, "Bucket", to_bucket);
		json_str(j, "Key", t->key);
		json_open(j, "Of", '{');
		json_str(j, "Bucket", of->bucket);
		json_str(j, "Key", of->key);
		json_close(j);
		json_int(j, "Size", (int64_t)t->bytes.n);
		json_int(j, "Width", t->width);
		json_int(j, "Height", t->height);
		json_close(j);
	}
}
