/* JPEG to master: our own decoder where it can, the library where not; the rows of each component go straight into a
 * scaler of its own. */
#include "functions/runner/intake.h"
#include "functions/runner/jpeg/jpeg.h"
#include "functions/runner/jpeg/jpeg_library.h"

struct job {
	const struct reading *r;
	struct jpeg jpeg;
	int shrink[JPEG_COMPONENTS_MAX];
	struct intake intake;
};

static void on_rows(void *owner, int component, int first, int n, const uint8_t *samples, size_t stride)
{
	struct job *j = owner;

	(void)first;
	for (int i = 0; i < n; i++)
		intake_row(&j->intake, component, samples + (size_t)i * stride);
}

/* How many times the wanted size must be left. The average of a whole block is a blunter sample than what the transforms of 2 x 2 and
 * 4 x 4 give: at 1.59 it costs 0.003 of SSIM. */
static const struct {
	int shrink;
	double margin;
} steps[] = { { 8, 1.65 }, { 4, (double)MARGIN_NUM / MARGIN_DEN }, { 2, (double)MARGIN_NUM / MARGIN_DEN } };

/* The most that a component can be shrunk by while it is decoded. Of one that has fewer samples than are wanted: not at all. */
static int shrink_for(const struct jpeg *jpeg, int component, int width, int height)
{
	struct jpeg_shape s;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		jpeg_shape(jpeg, component, steps[i].shrink, &s);
		if (s.exact_width >= width * steps[i].margin && s.exact_height >= height * steps[i].margin)
			return steps[i].shrink;
	}
	return 1;
}

static void plan(struct job *j)
{
	const struct need *n = &j->r->need;

	for (int c = 0; c < j->jpeg.n; c++) {
		bool half = c > 0 && !n->full_chroma;

		j->shrink[c] = shrink_for(&j->jpeg, c, half ? planes_half(n->width) : n->width,
					  half ? planes_half(n->height) : n->height);
	}
}

static void begin(struct job *j, struct master *m)
{
	struct intake_shape shape[JPEG_COMPONENTS_MAX];

	for (int c = 0; c < j->jpeg.n; c++) {
		struct jpeg_shape s;

		jpeg_shape(&j->jpeg, c, j->shrink[c], &s);
		shape[c] = (struct intake_shape){ s.width, s.height, s.exact_width, s.exact_height };
	}
	intake_planes(&j->intake, j->r, m, j->jpeg.n, shape);
}

/* False: nothing was given, and the master has no image. */
static bool decode(struct job *j, struct master *m, enum reason *why, char message[SAY_MAX])
{
	const struct jpeg_sink sink = { on_rows, j };
	struct jpeg_result result;
	enum jpeg_end end;
	bool degraded;

	plan(j);
	begin(j, m);
	end = jpeg_decode(&j->jpeg, j->shrink, &sink, &result);
	if (end == JPEG_OTHER) {
		intake_abort(&j->intake);
		master_clear(m);
		return false;
	}
	degraded = end != JPEG_COMPLETE || (j->r->h->cut && j->jpeg.progressive);
	*why = intake_end(&j->intake, (double)result.mcu_rows_read / result.mcu_rows, degraded, message);
	return true;
}

enum reason jpeg_read(const struct reading *r, struct master *m, char message[SAY_MAX])
{
	struct job j = { .r = r };
	enum jpeg_end end = jpeg_open(&j.jpeg, r->photo);
	enum reason why = REASON_NONE;
	bool done = end == JPEG_COMPLETE && j.jpeg.color != JPEG_RGB && decode(&j, m, &why, message);

	jpeg_close(&j.jpeg);
	return done ? why : jpeg_library_read(r, m, message);
}
