/* ifd.h - the directories of TIFF (tag, type, count, value or where it is), which EXIF consists of too.
 *
 * Every value is checked against the block when it is read: afterwards its bytes are there. TIFF 6.0, section 2.
 */
#ifndef RUNNER_IFD_H
#define RUNNER_IFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define IFD_ENTRIES_MAX 512		/* looked at in one directory; cameras write 60 */

enum ifd_type {
	IFD_BYTE = 1, IFD_ASCII, IFD_SHORT, IFD_LONG, IFD_RATIONAL, IFD_SBYTE, IFD_UNDEFINED, IFD_SSHORT, IFD_SLONG, IFD_SRATIONAL,
	IFD_UTF8 = 129
};

struct ifd {
	struct str p;			/* lent; offsets count from its start */
	bool big_endian;
	uint32_t first;			/* where the first directory is */
};

struct ifd_value {
	uint32_t tag, type, count;
	struct str data;		/* of all of it, in the file's byte order */
};

bool ifd_open(struct str p, struct ifd *d);
uint32_t ifd_entries(const struct ifd *d, uint32_t at);		/* of the directory at `at` */
bool ifd_entry(const struct ifd *d, uint32_t at, uint32_t i, struct ifd_value *v);	/* false when it makes no sense */

/* The i-th number of a value; false for other types and when there are not that many. */
bool ifd_number(const struct ifd *d, const struct ifd_value *v, uint32_t i, int64_t *to);
bool ifd_real(const struct ifd *d, const struct ifd_value *v, uint32_t i, double *to);	/* of fractions; 0/0 is 0 */

#endif
