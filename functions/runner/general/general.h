/* general.h - what makes minilab-runner-general: all of minilab-runner's formats and those that libvips reads. */
#ifndef RUNNER_GENERAL_H
#define RUNNER_GENERAL_H

#include "base/buf.h"

/* As thumbnail_prepare, with libvips ready: no thread of it is started. */
void general_prepare(void);

/* As thumbnail_versions, libvips at the end. */
void general_versions(struct buf *to);

#endif
