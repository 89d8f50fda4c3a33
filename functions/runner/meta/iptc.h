/* iptc.h - facts from IPTC records, the older way to write a caption: marker 0x1c, record, data set, length, data.
 * Source: IPTC-NAA Information Interchange Model 4.2. */
#ifndef RUNNER_IPTC_H
#define RUNNER_IPTC_H

#include "functions/runner/meta/meta.h"

/* What is not told yet of title, caption, copyright, artist and keywords. */
void iptc_texts(struct str records, struct facts *f);

#endif
