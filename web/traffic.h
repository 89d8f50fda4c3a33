/* traffic.h - how many requests were answered, and how, since the start. Loop thread. */
#ifndef WEB_TRAFFIC_H
#define WEB_TRAFFIC_H

#include <stdint.h>

#define TRAFFIC_FACES 11			/* routes.c; the last is for what reached no face */
#define TRAFFIC_CLASSES 6		/* status / 100; 0: the client left before the answer */

struct traffic {
	int64_t requests[TRAFFIC_FACES][TRAFFIC_CLASSES];
	int64_t bytes_in, bytes_out;
	int64_t microseconds;
};

#endif
