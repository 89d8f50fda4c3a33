/* scan.h - one scan: its MCUs in order, through restarts and faults, each block to its place in a plane.
 *
 * How a block is read is the method's affair (sequential.c, progressive.c); where it goes and what happens when the bytes
 * are not what they should be is decided here. A fault loses the rest of its restart interval (without restarts: the
 * rest of the scan), whose blocks stay as they are; a code that cannot be is told, and the next block is tried.
 * A restart marker that is one or two ahead of the expected one says that intervals were lost: they are left out. One that is behind is
 * passed by with its interval. One further off is taken for the expected one, as libjpeg does.
 */
#ifndef RUNNER_JPEG_SCAN_H
#define RUNNER_JPEG_SCAN_H

#include "functions/runner/jpeg/plain.h"
#include "functions/runner/jpeg/state.h"

/* A block of the MCU. */
struct slot {
	const struct walk *walk;
	struct plane *plane;
	int16_t *block;		/* in the current MCU */
	uint64_t *nonzero;	/* likewise, if the plane has it */
	int16_t step;		/* blocks to the same one of the next MCU */
	int8_t n;		/* plane->n */
	int8_t component;	/* index into last_dc */
};

struct scan {
	struct jpeg *jpeg;
	struct stream *stream;
	int slots, mcus_wide, mcus_high;
	struct slot slot[JPEG_MCU_BLOCKS_MAX];
	int last_dc[JPEG_COMPONENTS_MAX];
	uint32_t end_of_band;		/* progressive: blocks still to come that have nothing in this band */
	int first, last, low;		/* as in scan_header */
	int interval_left;		/* MCUs to the next restart */
	int next_restart;
	int intervals_lost;		/* from here on, before the one whose restart marker was found */
	bool lost;			/* the rest of this interval */
	bool damaged, cut;
	int rows_read;			/* rows of MCUs of which nothing was lost */
	/* Reads up to n MCUs of a row; fewer: the data ended. */
	int (*method)(struct scan *s, int n);
	/* After each row of MCUs; NULL: nobody wants to know. */
	void (*row_done)(void *owner, int row);
	void *owner;
};

/* Reads the scan whose header is in j->state->scan. Planes must be there. False: a table is missing. */
bool scan_read(struct jpeg *j, struct scan *s);

int method_sequential(struct scan *s, int n);
int method_dc_first(struct scan *s, int n);
int method_dc_refine(struct scan *s, int n);
int method_ac_first(struct scan *s, int n);
int method_ac_refine(struct scan *s, int n);

/* What the methods have in common: `block` reads one and returns what the walk functions do. */
JPEG_INLINE int scan_blocks(struct scan *s, int n, uint32_t (*block)(struct scan *s, struct slot *slot, struct bits *b))
{
	struct stream *in = s->stream;
	struct bits b = in->b;
	uint32_t bad = 0;
	int done = 0;

	for (; done < n; done++) {
		for (int i = 0; i < s->slots; i++) {
			struct slot *slot = &s->slot[i];

			bad |= block(s, slot, &b);
			slot->block += slot->step * slot->n * slot->n;
			if (slot->nonzero)
				slot->nonzero += slot->step;
		}
		if (JPEG_UNLIKELY(b.p > in->watch)) {
			in->b = b;
			if (!stream_more(in))
				break;
			b = in->b;
		}
	}
	in->b = b;
	s->damaged |= bad != 0;
	return done;
}

/* A method twice: shifts by a variable count and counts of bits are faster with the instructions of 2013 and later. */
#ifdef __x86_64__
#define SCAN_BMI2 __attribute__((target("bmi,bmi2,popcnt")))
#define METHODS(name, plain, bmi2, suits) \
	SCAN_BMI2 static int name##_bmi2(struct scan *s, int n) { return scan_blocks(s, n, bmi2); } \
	static int name##_plain(struct scan *s, int n) { return scan_blocks(s, n, plain); } \
	int name(struct scan *s, int n) { return !jpeg_plain && (suits) ? name##_bmi2(s, n) : name##_plain(s, n); }
#define METHOD(name, block) METHODS(name, block, block, __builtin_cpu_supports("bmi2"))
#else
#define METHOD(name, block) int name(struct scan *s, int n) { return scan_blocks(s, n, block); }
#endif

#endif
