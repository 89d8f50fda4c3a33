/* record.h - the log that recorder.c writes and replay.c reads: everything a disk was told, in order.
 * A record is this header and, for RECORD_WRITE and RECORD_MARK, `length` bytes. Native byte order. */
#ifndef TESTS_POWERCUT_RECORD_H
#define TESTS_POWERCUT_RECORD_H

#include <stdint.h>

enum record_kind {
	RECORD_WRITE = 1,
	RECORD_FLUSH,		/* all writes before it are on the disk for good */
	RECORD_MARK,		/* text from the test: an acknowledgement was seen by then */
	RECORD_DISCARD		/* that run of bytes is zeros from here */
};

struct record {
	uint32_t kind;
	uint32_t magic;		/* a log that was cut off, or is no log, is noticed */
	uint64_t offset, length;
};

#define RECORD_MAGIC 0x6c6f6731u
#define SECTOR 512		/* what a disk writes whole or not at all */

#endif
