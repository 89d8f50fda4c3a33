/* read.h - the readers of minilab-runner-general: GIF, TIFF, HEIC and AVIF by libvips, loaders called by name, never by guess.
 *
 * Rows are pulled from libvips top to bottom in this thread (rows.h) straight into a scaler: nothing full-sized is kept
 * here, and libvips' thread pool is never started, which is also why the zygote may fork after doing this.
 *
 * A file that is cut short or damaged gives the rows that were decoded before the fault, and grey or nothing below, when they are
 * at least one part in SALVAGE_PARTS of the picture.
 */
#ifndef RUNNER_GENERAL_READ_H
#define RUNNER_GENERAL_READ_H

#include "functions/runner/reader.h"

reader_fn general_read;

#endif
