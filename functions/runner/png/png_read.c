#include "functions/runner/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/intake.h"
#include "functions/runner/png/adam7.h"

struct work {
	struct png png;
	struct png_lines lines;
	struct expand expand;
	struct intake intake;
};

/* What the first pass's missing rows stand for is nothing, or grey. */
static void blank(struct picture *p)
{
	memset(p->pixels, p->alpha ? 0 : 0x80, picture_row_bytes(p) * (size_t)p->height);
}

static enum reason read_interlaced(struct work *w, char message[SAY_MAX])
{
	struct picture whole = w->expand.rows;
	enum reason why;
	bool complete;
	double read;
	void *line;

	line = malloc(picture_row_bytes(&whole) + SCALE_OVERREAD);
	CHECK(line != NULL);
	picture_alloc(&whole);
	blank(&whole);
	read = adam7_read(&w->lines, &w->expand, &whole, &complete);
	for (int y = 0; y < whole.height; y++)
		intake_row(&w->intake, 0, memcpy(line, picture_row(&whole, y), picture_row_bytes(&whole)));
	why = intake_end(&w->intake, read, !complete || w->lines.data.doubtful, message);
	picture_clear(&whole);
	free(line);
	return why;
}

static enum reason read_rows(struct work *w, char message[SAY_MAX])
{
	int height = w->png.height, y = 0;
	const uint8_t *row;

	for (; y < height && (row = png_lines_next(&w->lines, w->png.width)) != NULL; y++)
		intake_row(&w->intake, 0, expand_row(&w->expand, row, w->png.width));
	return intake_end(&w->intake, (double)y / height, y < height || w->lines.data.doubtful, message);
}

enum reason png_read(const struct reading *r, struct master *m, char message[SAY_MAX])
{
	struct work w;
	enum reason why;

	if (!png_open(&w.png, r->photo) || w.png.width != r->h->width || w.png.height != r->h->height)
		return say(message, r->h->cut ? REASON_TRUNCATED : REASON_DAMAGED, "the file does not tell what its picture is made of");
	m->width = w.png.width;
	m->height = w.png.height;
	expand_open(&w.expand, &w.png, r->need.deep);
	png_lines_open(&w.lines, &w.png);
	intake_picture(&w.intake, r, m, &w.expand.rows, NULL);
	why = w.png.interlaced ? read_interlaced(&w, message) : read_rows(&w, message);
	png_lines_close(&w.lines);
	expand_close(&w.expand);
	return why;
}
