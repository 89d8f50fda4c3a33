/* crc.h - cyclic redundancy checks, continued from a former value (0 at the start).
 *
 * CRC32 and CRC32C are isa-l's (folded with carry-less multiplication, 11 GB/s). CRC64NVME is our own, by
 * folding where the processor multiplies without carry, else by eight tables: Debian's isa-l has no such polynomial. All three are reflected, with all-ones in and out, so
 * that they join: the CRC of two runs follows from their CRCs and the second's length (multiplication by
 * x^8n modulo the polynomial, in the reflected bit order).
 */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

#define CRC_POLY_ZLIB		0xedb88320ull
#define CRC_POLY_CASTAGNOLI	0x82f63b78ull
#define CRC_POLY_NVME		0x9a6c9329ac4bc9b5ull

uint32_t crc32_zlib(uint32_t crc, const void *p, size_t n);
uint64_t crc64nvme(uint64_t crc, const void *p, size_t n);
uint64_t crc_join(uint64_t poly, uint64_t a, uint64_t b, uint64_t b_len);

#endif
