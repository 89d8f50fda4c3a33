/* The frames of an animated WebP, by libwebp's own player. */
#include <webp/demux.h>

#include "functions/runner/animation.h"

static bool play(WebPAnimDecoder *decoder, const WebPAnimInfo *info, frame_fn *on_frame, void *owner)
{
	struct picture frame = { .width = (int)info->canvas_width, .height = (int)info->canvas_height, .bands = 4, .depth = 8,
				 .alpha = true };
	int before = 0, until;
	uint8_t *pixels;

	while (WebPAnimDecoderHasMoreFrames(decoder)) {
		if (!WebPAnimDecoderGetNext(decoder, &pixels, &until))
			return false;
		frame.pixels = pixels;
		if (!on_frame(owner, &frame, until - before))
			return true;
		before = until;
	}
	return true;
}

bool webp_frames(struct str photo, int *loops, frame_fn *on_frame, void *owner)
{
	WebPData data = { (const uint8_t *)photo.p, photo.n };
	WebPAnimDecoderOptions options;
	WebPAnimDecoder *decoder;
	WebPAnimInfo info;
	bool good;

	if (!WebPAnimDecoderOptionsInit(&options))
		return false;
	options.color_mode = MODE_RGBA;
	decoder = WebPAnimDecoderNew(&data, &options);
	if (decoder == NULL)
		return false;
	good = WebPAnimDecoderGetInfo(decoder, &info);
	if (good) {
		*loops = (int)info.loop_count;
		good = play(decoder, &info, on_frame, owner);
	}
	WebPAnimDecoderDelete(decoder);
	return good;
}
