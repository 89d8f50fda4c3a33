/* pace.h - how fast streamed responses may come: PACE_BURST bytes as fast as they can, then PACE_RATE a second, as on AWS (facts/01 section 3,
 * facts/04 section 9).
 *
 *     allowance: PACE_BURST, less what came, and PACE_RATE more for each second, up to PACE_BURST again
 *
 * A response whose allowance is used up is held, and goes on when there is some again: what the runtime sends meanwhile stays in its socket, so
 * that a function that streams much feels it as it would there, its timeout included.
 *
 * Loop thread.
 */
#ifndef RUNTIME_PACE_H
#define RUNTIME_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define PACE_BURST (6LL << 20)		/* bytes */
#define PACE_RATE (2LL << 20)		/* bytes a second */
#define PACE_LOOK_MS 50			/* what is held is looked at so often at least */

struct paced {				/* embed; {0} is in no pace */
	struct pace *pace;
	struct paced *next, **at;
	void (*hold)(struct paced *s, bool hold);	/* with false it may be told more before it returns */
	int64_t allowance, at_us;	/* as it was at that time (monotonic) */
	bool held;
};

struct pace {
	uv_timer_t timer;
	struct paced *first;
	void (*closed)(struct pace *p);
};

void pace_open(struct pace *p, uv_loop_t *loop);
void pace_join(struct pace *p, struct paced *s);	/* `hold` is set */
void pace_took(struct paced *s, size_t n);		/* so much came of it; accepts one in no pace */
void pace_leave(struct paced *s);			/* likewise */
void pace_close(struct pace *p, void (*closed)(struct pace *p));	/* all have left */

#endif
