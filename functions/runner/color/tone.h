/* tone.h - pictures of a high dynamic range (PQ, HLG) to what a plain screen can show.
 *
 * Done on the master. The stored values become light: PQ's are absolute (SMPTE ST 2084), HLG's are the scene's and get the look of a
 * screen of 1000 nits (ITU-R BT.2100). Light of 203 nits is what white paper has (ITU-R BT.2408) and becomes 1. The
 * primaries become those of BT.709. Up to TONE_KNEE everything stays as it is; above, brightness is bent so that the
 * brightest a file can hold (1000 nits are taken) comes out just below 1: highlights keep their drawing, colours their hue.
 * Then sRGB's curve (IEC 61966-2-1).
 */
#ifndef RUNNER_TONE_H
#define RUNNER_TONE_H

#include "functions/runner/picture.h"

#define TONE_WHITE_NITS 203
#define TONE_PEAK_NITS 1000
#define TONE_KNEE 0.75

/* The numbers of ITU-T H.273, as files have them. */
enum tone_transfer { TRANSFER_UNTOLD = 2, TRANSFER_PQ = 16, TRANSFER_HLG = 18 };
enum tone_primaries { PRIMARIES_BT709 = 1, PRIMARIES_BT2020 = 9, PRIMARIES_P3 = 12 };

/* Whether it is one that needs this. */
bool tone_is_high(int transfer);
const char *tone_name(int transfer);	/* "pq", "hlg"; NULL for others */

/* In place: 16 bits, 3 bands or 4 with alpha, to 8 bits of sRGB. Primaries other than those named are taken for BT.709's. */
void tone_map(struct picture *p, int transfer, int primaries);

#endif
