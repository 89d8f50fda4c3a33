#include "pipeline/watch_ignore.h"

#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define PATTERN_MAX 256

static const char *const always[] = {
	".*",				/* hidden; rsync's .name.XXXXXX and .~tmp~, .syncthing.name.tmp, .~lock.name#, ._name, .nfs..., .fuse_hidden... */
	"*~", "~$*", "~syncthing~*", "#*#",	/* backups and locks */
	"*.part", "*.partial", "*.filepart", "*.incomplete", "*.inprogress", "*.upload", "*.uploading",
	"*.tmp", "*.temp", "*_exiftool_tmp", "*.swp",
	"*.crdownload", "*.download", "*.opdownload", "*.aria2", "*.!ut", "*.!qb", "*.lftp-pget-status",
	"thumbs.db", "ehthumbs.db", "desktop.ini", "lost+found", "__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information",
};

static bool fits(const char *pattern, const char *path, const char *name)
{
	return fnmatch(pattern, strchr(pattern, '/') ? path : name, FNM_CASEFOLD) == 0;
}

bool watch_ignores(const char *patterns, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (fnmatch(always[i], name, FNM_CASEFOLD) == 0)
			return true;
	while (*(patterns += strspn(patterns, " \t\n"))) {
		size_t n = strcspn(patterns, " \t\n");
		char one[PATTERN_MAX];

		if (n < sizeof one) {
			snprintf(one, sizeof one, "%.*s", (int)n, patterns);
			if (fits(one, path, name))
				return true;
		}
		patterns += n;
	}
	return false;
}
