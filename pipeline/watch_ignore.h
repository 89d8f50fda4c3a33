/* watch_ignore.h - which names in a drop folder are not photos yet, or never will be: what programs write under while they copy
 * (rsync, browsers, WinSCP, syncthing, exiftool ...), their locks and backups, hidden files, and what systems leave lying about.
 *
 * Names are compared without regard to case, as they come from all kinds of systems. A folder that is ignored is with all that is in it.
 */
#ifndef PIPELINE_WATCH_IGNORE_H
#define PIPELINE_WATCH_IGNORE_H

#include <stdbool.h>

/* `path`: of the file or folder, below the drop folder; what it lies in was asked about before. `patterns`: of the setting, blanks between:
 * shell patterns for the name, or, with a '/' in it, for the whole path, where '*' stands for any number of folders. */
bool watch_ignores(const char *patterns, const char *path);

#endif
