/* state.h - what jpeg_open has learned and jpeg_decode works on: shared by the files of this room.
 *
 * markers.c reads the file's structure into it, scan.c decodes one scan of MCUs into planes of coefficients, by one of the
 * methods of sequential.c and progressive.c; picture.c makes samples of the planes.
 */
#ifndef RUNNER_JPEG_STATE_H
#define RUNNER_JPEG_STATE_H

#include "functions/runner/jpeg/huffman.h"
#include "functions/runner/jpeg/jpeg.h"
#include "functions/runner/jpeg/stream.h"
#include "functions/runner/jpeg/walk.h"

#define JPEG_TABLES 4
#define JPEG_FACTOR_MAX 4	/* sampling */
#define JPEG_MCU_BLOCKS_MAX 10
#define JPEG_SIDE_MAX 65500	/* as libjpeg */
#define JPEG_SHIFT_MAX 13	/* of successive approximation */

/* The wanted coefficients of a component: of the whole picture, or of the row of MCUs that is being read. */
struct plane {
	int n;				/* a side of the square of wanted coefficients: 1, 2, 4 or 8 */
	const struct walk_order *order;
	int blocks_wide, blocks_high;	/* of the component; T.81 A.2.4 without those that only fill an MCU */
	int stride, rows;		/* blocks held, with those */
	int16_t *blocks;		/* owned: stride * rows * n * n */
	uint64_t *nonzero;		/* owned; which of the 64 are, for progressive refinement; else NULL */
	uint16_t quantization[64];	/* as it was when the component's first scan began */
	bool seen;			/* it had a scan */
	int8_t precision[64];		/* progressive: the lowest bit that is known of each coefficient, -1: nothing */
};

struct scan_component {
	int index;			/* in the frame */
	int dc_table, ac_table;
};

/* SOS: what a scan has. */
struct scan_header {
	int n;
	struct scan_component component[JPEG_COMPONENTS_MAX];
	int first, last;		/* coefficients, as sent */
	int high, low;			/* successive approximation: the bit known before, the bit known after */
	size_t data;			/* where in the file */
};

struct jpeg_state {
	size_t at;			/* of the first marker segment that is not read */
	bool got_frame, got_jfif, got_adobe, ended;
	bool damaged;			/* something on the way was not as it should be */
	int adobe_transform;
	int factor_h, factor_v;		/* the largest */
	int restart_interval;		/* MCUs; 0: none */
	struct scan_header scan;
	bool quantization_set[JPEG_TABLES];
	uint16_t quantization[JPEG_TABLES][64];	/* as sent */
	struct huffman dc[JPEG_TABLES], ac[JPEG_TABLES];
	struct walk walks[JPEG_COMPONENTS_MAX];		/* of the current scan */
	struct plane planes[JPEG_COMPONENTS_MAX];
	struct stream stream;
};

/* Reads marker segments up to the next scan. JPEG_COMPLETE: its header is in state->scan, or state->ended. */
enum jpeg_end markers_read(struct jpeg *j);

/* The headers of all scans from the current one on, as far as they can be told, at most `max`; the state stays as it is. */
int markers_scans(struct jpeg *j, struct scan_header *headers, int max);

#endif
