/* programs.h - the caged programs: minilab-runner, and minilab-runner-general for the formats that the first leaves to it.
 *
 * Each has its zygote (zygote.h). The first is up when programs_open returns, since every photo begins with it. The other
 * is larger, and a house without GIF, TIFF, HEIC and AVIF never needs it: it is started when its first environment is
 * asked for, on the loop, and stays from then on.
 *
 * All on the loop thread, except that programs_open waits for the first.
 */
#ifndef FUNCTIONS_PROGRAMS_H
#define FUNCTIONS_PROGRAMS_H

#include "functions/zygote.h"

enum program { PROGRAM_FAST, PROGRAM_GENERAL, PROGRAMS };

const char *program_name(enum program which);	/* "minilab-runner" ... */

struct programs {			/* of the pool; open to closed */
	struct zygote_spec spec;	/* without name and path */
	const char *paths[PROGRAMS];	/* borrowed; NULL: there is no such program */
	struct zygote *zygotes[PROGRAMS];	/* NULL: not started */
	int open;			/* zygotes that are not closed yet */
	void (*closed)(void *owner);
	void *owner;
};

int programs_open(struct programs *p, const struct zygote_spec *spec, const char *const paths[PROGRAMS]);

/* Starts it if it must. There must be such a program. */
struct zygote *programs_zygote(struct programs *p, enum program which);

const char *programs_state(const struct programs *p, enum program which);	/* "absent", "not started", "starting", "up", "down" */

/* The weakest cage among those that are up. */
const struct cage_features *programs_cage(const struct programs *p);

/* As zygote_stop and zygote_close, for all. */
void programs_stop(struct programs *p);
void programs_close(struct programs *p, void (*closed)(void *owner), void *owner);

#endif
