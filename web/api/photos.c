/* GET /_/photos?bucket=[&at=|&after=|&around=KEY][&max=][&q=][&camera=][&from=][&to=][&state=failed]: a page of a gallery (pipeline/gallery.h). */
#include "pipeline/gallery.h"

#include "base/err.h"
#include "web/api/local.h"

#define PAGE 200			/* when nothing is said */

static int gather(struct local *l, struct db *db)
{
	struct json j = json_into(&l->out);

	return gallery_write(db, l->state, &j);
}

static void on_gathered(struct local *l, int rc)
{
	if (rc == E_NOT_FOUND)
		local_refuse_bucket(l);
	else if (rc == E_BAD_INPUT)
		local_refuse(l, 400, "InvalidRequest", "?after= is the `next` of the page before.");
	else
		local_answer_rc(l, rc, NULL);
}

static bool read_number(struct local *l, const char *name, int64_t min, int64_t max, int64_t *n)
{
	struct str s = params_get(&l->params, name);

	return s.n == 0 || str_to_int(s, min, max, n) == 0;
}

void photos_serve(struct local *l)
{
	struct gallery_ask *ask = arena_take(&l->arena, sizeof *ask);
	int64_t max = PAGE;

	l->state = ask;
	ask->bucket = params_get(&l->params, "bucket");
	ask->after = params_get(&l->params, "after");
	ask->around = params_get(&l->params, "around");
	ask->text = params_get(&l->params, "q");
	ask->camera = params_get(&l->params, "camera");
	ask->from = params_get(&l->params, "from");
	ask->to = params_get(&l->params, "to");
	ask->failed_only = str_eq(params_get(&l->params, "state"), STR("failed"));
	if (ask->bucket.n == 0 || !read_number(l, "at", 0, INT64_MAX / 2, &ask->at) || !read_number(l, "max", 1, GALLERY_PAGE_MAX, &max) ||
	    ask->text.n > GALLERY_TEXT_MAX || ask->camera.n > GALLERY_TEXT_MAX) {
		local_refuse(l, 400, "InvalidRequest", arena_printf(&l->arena, "Give ?bucket=, and &at= a number, &max= 1 to %d, &q= and &camera= of up to "
								     "%d bytes if wanted.", GALLERY_PAGE_MAX, GALLERY_TEXT_MAX));
		return;
	}
	ask->max = (int)max;
	local_run(l, gather, on_gathered);
}
