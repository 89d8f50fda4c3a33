/* animation.h - all frames of an animation as one animated WebP.
 *
 * Frames are read one after the other as whole canvases, each goes the way of a still rendition, and libwebp keeps what differs from the one
 * before: two canvases and the encoder's own are held at a time. An animation over a limit is cut there, and the row says so.
 *
 *   MAX_ANIMATION_FRAMES   300
 *   MAX_ANIMATION_MS       60000    from the beginning
 *   MAX_ANIMATION_PIXELS   200 M    frames times canvas
 */
#ifndef RUNNER_ANIMATION_H
#define RUNNER_ANIMATION_H

#include "functions/runner/limits.h"
#include "functions/runner/render.h"

/* False: no more of them, please. `frame` is lent; 8 bits, RGB or grey, with alpha or without. */
typedef bool frame_fn(void *owner, const struct picture *frame, int ms);

/* One per format that has animations: every frame in order; *loops is set before the first, 0 is for ever. False after a fault, which may
 * come after some frames. */
typedef bool frames_fn(struct str photo, int *loops, frame_fn *on_frame, void *owner);
frames_fn webp_frames;

/* Set by each program's main beside `readers`; NULL: its renditions are still. */
extern frames_fn *const frame_readers[FORMATS];

/* `p` is aimed (render_aim). False when not one frame could be made. *cut: a limit or a fault ended it early. */
bool animation_make(struct render *r, const struct print *p, struct buf *to, bool *cut);

#endif
