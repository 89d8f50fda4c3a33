/* unpack.h - code packages made ready to run: a zip file checked and unpacked, outside of this process.
 *
 * A hostile archive meets minilab-unpack (functions/unpack/): a process of its own that has the zip as a descriptor to read, may write
 * below one new directory only (it is its root, and Landlock says the same), has limits for memory, time and bytes, and may
 * start or open nothing else. Without seccomp it refuses to begin. It takes regular files, directories and symbolic links, stored or
 * deflated. Modes are as the zip's external attributes say, 0644 and 0755 when they say nothing, never with set-id bits; owners of
 * folders can always change them. Times of files are the zip's too, because compiled Python knows its source by it. As on AWS, a file that the zip gives to its owner alone is not readable by a function that
 * runs as another user.
 *
 * Paths are legal when they are relative and have no "..", no backslash, at most UNPACK_PATH_MAX bytes and UNPACK_DEPTH_MAX folders. "./a" is
 * "a"; a name is taken for CP437 when it is not text in UTF-8, as zip tools do, in which a NUL is a blank. Links may lead anywhere in the
 * folder and, being absolute, to the places that a function sees: /opt, /tmp, /var/task, /var/runtime, /usr, /bin, /sbin, /lib, /lib64. So
 * nobody outside of a cage may follow them.
 *
 * What is ready stands as CODE_DIR/<id> and is complete: it was unpacked beside, synced and renamed. Each is
 * immutable and may be removed when no environment has it; who unpacks again gets the same. Other names begin with "tmp-".
 */
#ifndef FUNCTIONS_UNPACK_H
#define FUNCTIONS_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define UNPACK_BYTES_MAX 262144000	/* unpacked, as on AWS: 250 MB */
#define UNPACK_FILES_MAX 200000		/* files, links and folders */
#define UNPACK_FOLDERS_MAX 20000	/* of those, named or only on the way: a short name can ask for UNPACK_DEPTH_MAX of them */
#define UNPACK_PATH_MAX 1024
#define UNPACK_DEPTH_MAX 100
#define UNPACK_ZIP_MAX 314572800	/* bytes of a zip: what all that is packed badly, and its lists, can need */
#define UNPACK_SECONDS_MAX 120

/* X(name, text) - why not; the texts are AWS's where AWS has one (facts/05) */
#define UNPACK_TABLE(X) \
	X(UNPACK_OK,        "") \
	X(UNPACK_NOT_ZIP,   "Could not unzip uploaded file. Please check your file, then try to upload again.") \
	X(UNPACK_EMPTY,     "Uploaded file must be a non-empty zip") \
	X(UNPACK_TOO_LARGE, "Unzipped size must be smaller than 262144000 bytes") \
	X(UNPACK_FILES,     "The zip has more than 200000 entries or 20000 folders") \
	X(UNPACK_PATH,      "The zip has an entry whose path leaves its folder or is not legal: %s") \
	X(UNPACK_TWICE,     "The zip has two entries of the same name: %s") \
	X(UNPACK_LINK,      "The zip has a symbolic link that leaves its folder: %s") \
	X(UNPACK_KIND,      "The zip has an entry that is neither file, folder nor symbolic link, or is encrypted: %s") \
	X(UNPACK_SHORT,     "There is not enough space or memory to unpack the file now") \
	X(UNPACK_FAILED,    "The file could not be unpacked")

#define X(name, text) name,
enum unpack_verdict { UNPACK_TABLE(X) UNPACK_VERDICTS };
#undef X

struct unpack_result {
	enum unpack_verdict verdict;
	int64_t bytes;			/* unpacked */
	int64_t files;
	char message[512];		/* of a verdict but UNPACK_OK */
};

/* Blocking: for a lane. `zip` stays the caller's and is mapped from 0; `code_dir` exists; `program`: path of minilab-unpack; `id`: a file name that
 * does not begin with "tmp-". When CODE_DIR/id is there already, nothing is done and bytes and files are 0. Several may do the
 * same at once. Negative: the program could not be run, or what it made could not be put in place. */
int unpack(const char *program, int zip, int64_t size, const char *code_dir, struct str id, struct unpack_result *r);

bool unpack_is_ready(const char *code_dir, struct str id);
int unpack_remove(const char *code_dir, struct str id);	/* the whole tree */
int unpack_clean(const char *code_dir);			/* at start: what an interrupted one left */

#endif
