/* gif_frames.h - the frames of a GIF, by libvips. */
#ifndef RUNNER_GENERAL_GIF_FRAMES_H
#define RUNNER_GENERAL_GIF_FRAMES_H

#include "functions/runner/animation.h"

frames_fn gif_frames;

#endif
