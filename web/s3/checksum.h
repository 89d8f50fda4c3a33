/* checksum.h - the names of S3's checksum algorithms, everywhere they are written: one line per kind. */
#ifndef S3_CHECKSUM_H
#define S3_CHECKSUM_H

#include "base/arena.h"
#include "storage/object.h"

/* Kinds are DIGEST_KINDS when a name is unknown. */
enum digest_kind checksum_of_header(struct str name);		/* "x-amz-checksum-crc32" */
enum digest_kind checksum_of_algorithm(struct str name);	/* "CRC32", in any case */
const char *checksum_header(enum digest_kind k);
const char *checksum_algorithm(enum digest_kind k);		/* "CRC32" */
const char *checksum_lower(enum digest_kind k);			/* "crc32", as error texts have it */
const char *checksum_element(enum digest_kind k);		/* "ChecksumCRC32" */
const char *checksum_type(enum sum_type t);			/* "FULL_OBJECT" */

bool checksum_can(enum digest_kind k, enum sum_type t);		/* CRC64NVME is never composite, SHA never of a whole */
enum sum_type checksum_default(enum digest_kind k);		/* for multipart */

/* The digest's bytes in base64, without a count of parts. */
int checksum_decode(enum digest_kind k, struct str text, uint8_t out[DIGEST_SIZE_MAX]);	/* E_BAD_INPUT */
struct str checksum_encode(struct arena *a, enum digest_kind k, const uint8_t *sum);

#endif
