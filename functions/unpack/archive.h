/* archive.h - a zip file in memory, and what each of its entries would become. The one home of libzip.
 *
 * What the archive says about itself is only asked, never trusted: a size it declares is a reason to refuse early, and the
 * bytes that come out are counted by whoever writes them.
 */
#ifndef FUNCTIONS_UNPACK_ARCHIVE_H
#define FUNCTIONS_UNPACK_ARCHIVE_H

#include <stdint.h>
#include <sys/types.h>
#include <zip.h>

#include "functions/unpack.h"

enum entry_kind { ENTRY_FILE, ENTRY_FOLDER, ENTRY_LINK };

struct entry {
	uint64_t index;
	enum entry_kind kind;
	const char *name;		/* as the zip has it; the archive's */
	char path[UNPACK_PATH_MAX + 1];	/* normal: "a/b"; "" is the directory itself */
	mode_t mode;
	int64_t size;			/* declared */
	int64_t time_s;			/* since 1970 */
};

/* The bytes are lent until archive_close. */
enum unpack_verdict archive_open(zip_t **z, const void *bytes, size_t n);
void archive_close(zip_t *z);		/* accepts NULL */

/* With a verdict, e->name is right all the same, or "". */
enum unpack_verdict archive_entry(zip_t *z, uint64_t index, struct entry *e);

enum unpack_verdict archive_begin(zip_t *z, uint64_t index, zip_file_t **f);
/* *n becomes 0 at the end, which is reached when size and checksum are right. */
enum unpack_verdict archive_read(zip_file_t *f, void *p, size_t *n);
void archive_end(zip_file_t *f);	/* accepts NULL */

#endif
