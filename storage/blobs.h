/* blobs.h - what blob.c and its neighbours in this folder share, and nobody else needs. */
#ifndef STORAGE_BLOBS_H
#define STORAGE_BLOBS_H

#include <pthread.h>

#include "storage/blob.h"
#include "storage/volume.h"
#include "storage/warm.h"

#define FOLDERS 256			/* obj/00 .. obj/ff */
#define OBJ_PATH_MAX 48

struct blobs {
	int datadir;			/* borrowed */
	struct volume *volume;		/* borrowed */
	pthread_mutex_t lock;
	bool durable[FOLDERS];		/* this folder's name is on the disk for certain */
	struct warm warm;
};

/* "obj/ab/abcd..." */
char *obj_path(char to[OBJ_PATH_MAX], const uint8_t file[BLOB_FILE_ID]);

#endif
