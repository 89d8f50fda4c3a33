/* runner_rendition_fuzz.c - a list of renditions, and where each lies in a photo: whatever is written there, what is taken is within its
 * limits, and no part is outside of the photo. The first four bytes are the photo's size. */
#include "base/check.h"
#include "functions/runner/bytes.h"
#include "functions/runner/geometry.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void look_at(const struct rendition *r, int width, int height, int orientation)
{
	int need_w, need_h, out_w, out_h;
	struct image_part part;
	struct geometry g;

	geometry_of(r, width, height, &g);
	CHECK(g.width >= 1 && g.height >= 1 && g.width <= RENDITION_SIDE_MAX && g.height <= RENDITION_SIDE_MAX);
	CHECK(g.left >= 0 && g.top >= 0 && g.left + g.width <= g.canvas_width && g.top + g.height <= g.canvas_height);
	CHECK(g.part.left >= 0 && g.part.top >= 0 && g.part.left + g.part.width <= width && g.part.top + g.part.height <= height);
	geometry_need(&g, width, height, &need_w, &need_h);
	CHECK(need_w >= 1 && need_h >= 1 && need_w <= width && need_h <= height);
	geometry_stored(&g, width, height, orientation, need_w, need_h, &part, &out_w, &out_h);
	CHECK(part.left >= 0 && part.top >= 0 && part.left + part.width <= need_w && part.top + part.height <= need_h);
}

static void within_limits(const struct rendition *r)
{
	CHECK(r->name.n >= 1 && r->name.n <= RENDITION_NAME_MAX && r->format < RENDITION_FORMATS);
	CHECK(r->width >= 0 && r->height >= 0 && r->width + r->height > 0);
	CHECK(r->width <= RENDITION_SIDE_MAX && r->height <= RENDITION_SIDE_MAX);
	CHECK(r->quality >= 1 && r->quality <= 100 && r->effort >= 0 && r->effort <= 9 && r->sharpen >= 0 && r->sharpen <= 100);
	CHECK(r->focus_x >= 0 && r->focus_x <= 1 && r->focus_y >= 0 && r->focus_y <= 1);
	CHECK(r->bytes_max >= 0 && r->bytes_max <= RENDITION_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rendition r[THUMBNAIL_RENDITIONS_MAX];
	char error[RENDITION_ERROR_MAX] = "";
	struct str size = str_n(p, n), list = n > 4 ? str_n(p + 4, n - 4) : STR("");
	int count = rendition_parse_list(list, &(struct rendition_defaults){ 0, -1 }, r, error);

	CHECK(count > 0 || error[0] != '\0');
	for (int i = 0; i < count; i++) {
		within_limits(&r[i]);
		look_at(&r[i], 1 + (int)be16(size, 0) % 65500, 1 + (int)be16(size, 2) % 65500, (int)(i + n) % 9);
	}
	return 0;
}
