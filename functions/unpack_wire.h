/* unpack_wire.h - what minilab-unpack is given and tells: descriptors, and one fixed message in a pipe.
 *
 *     minilab-unpack SIZE       3: the zip, read from 0   4: an empty directory   5: the pipe   nothing in its environment
 *
 * No message: it died. The daemon takes it for what a program says that a zip may have taken over: nothing it depends on is in it.
 */
#ifndef FUNCTIONS_UNPACK_WIRE_H
#define FUNCTIONS_UNPACK_WIRE_H

#include <stdint.h>

enum { UNPACK_FD_ZIP = 3, UNPACK_FD_DIR, UNPACK_FD_TOLD, UNPACK_FDS_END };

struct unpack_told {
	uint32_t verdict;		/* enum unpack_verdict */
	int32_t error;			/* errno behind UNPACK_SHORT and UNPACK_FAILED; 0: none */
	int64_t bytes, files;
	char name[256];			/* of the entry it is about, cut; with UNPACK_FAILED: what did not work */
};

#endif
