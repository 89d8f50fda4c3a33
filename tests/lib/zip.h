/* zip.h - zips made by hand, byte by byte: fine ones, and those that no tool would make. */
#ifndef TESTS_LIB_ZIP_H
#define TESTS_LIB_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct zip_entry {		/* stored */
	const char *name, *bytes;
	uint32_t mode;		/* 0: made on a system without */
	uint16_t flags;
	uint16_t method;
	uint32_t declared;	/* 0: what is true */
	bool bad_crc;
	size_t name_length;	/* 0: strlen */
};

struct buf zip_made(const struct zip_entry *m, int n);	/* the caller's */

#endif
