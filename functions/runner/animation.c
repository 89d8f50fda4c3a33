#include "functions/runner/animation.h"

#include <webp/encode.h>
#include <webp/mux.h>

#include "base/check.h"
#include "functions/runner/canvas.h"
#include "functions/runner/color/convert.h"

struct animation {
	struct render *r;		/* of the still photo */
	const struct print *p;
	WebPAnimEncoder *encoder;	/* owned */
	WebPConfig config;
	int loops, frames, ms;
	int64_t pixels;
	bool cut;
};

static bool is_enough(struct animation *a, const struct picture *frame)
{
	const struct limits *l = &a->r->settings->limits;

	a->pixels += (int64_t)frame->width * frame->height;
	return a->frames >= l->animation_frames || a->ms >= l->animation_ms || a->pixels > l->animation_pixels;
}

static void open_encoder(struct animation *a, const struct picture *first)
{
	const struct rendition *o = a->p->o;
	WebPAnimEncoderOptions options;

	if (!WebPConfigInit(&a->config) || !WebPAnimEncoderOptionsInit(&options))
		return;
	a->config.quality = (float)o->quality;
	a->config.method = o->effort;
	a->config.lossless = o->lossless;
	options.anim_params.loop_count = a->loops;
	a->encoder = WebPAnimEncoderNew(first->width, first->height, &options);
}

static bool add(struct animation *a, const struct picture *p)
{
	WebPPicture picture;
	bool added;

	if (!WebPPictureInit(&picture))
		return false;
	picture.width = p->width;
	picture.height = p->height;
	picture.use_argb = 1;
	added = (p->bands == 4 ? WebPPictureImportRGBA : WebPPictureImportRGB)(&picture, p->pixels, (int)picture_row_bytes(p)) &&
		WebPAnimEncoderAdd(a->encoder, &picture, a->ms, &a->config);
	WebPPictureFree(&picture);
	return added;
}

/* The same way as a still photo's, from this frame instead of the master. */
static void print_frame(struct animation *a, const struct picture *frame, struct picture *to)
{
	struct image image = { .picture = *frame }, converted = { .planar = false };
	struct render r = *a->r;
	struct print p = { .o = a->p->o, .g = a->p->g };

	if (convert_is_due(r.meta->icc, false)) {
		picture_copy(frame, &converted.picture);
		convert_to_srgb(&converted.picture, r.meta->icc);
		image = converted;
	}
	r.image = &image;
	r.unconverted = NULL;
	r.whole = (struct image){ 0 };
	render_print(&r, &p);
	image_clear(&r.whole);
	image_clear(&converted);
	image_interleave(&p.image);
	canvas_put(&p.image, image_width(&p.image), image_height(&p.image), 0, 0, p.o->background);
	*to = p.image.picture;
}

static bool on_frame(void *owner, const struct picture *frame, int ms)
{
	struct animation *a = owner;
	struct picture printed;
	bool added;

	if (is_enough(a, frame)) {
		a->cut = true;
		return false;
	}
	print_frame(a, frame, &printed);
	if (a->encoder == NULL)
		open_encoder(a, &printed);
	added = a->encoder != NULL && add(a, &printed);
	picture_clear(&printed);
	a->frames += added;
	a->ms += ms;
	return added;
}

static bool assemble(struct animation *a, struct buf *to)
{
	WebPData data;
	bool done;

	if (a->encoder == NULL || !WebPAnimEncoderAdd(a->encoder, NULL, a->ms, NULL))
		return false;
	WebPDataInit(&data);
	done = WebPAnimEncoderAssemble(a->encoder, &data);
	if (done)
		buf_add(to, data.bytes, data.size);
	WebPDataClear(&data);
	return done;
}

bool animation_make(struct render *r, const struct print *p, struct buf *to, bool *cut)
{
	struct animation a = { .r = r, .p = p };
	bool done;

	CHECK(frame_readers[r->format] != NULL);
	*cut = !frame_readers[r->format](r->photo, &a.loops, on_frame, &a) || a.cut;
	done = a.frames > 0 && assemble(&a, to);
	WebPAnimEncoderDelete(a.encoder);
	return done;
}
