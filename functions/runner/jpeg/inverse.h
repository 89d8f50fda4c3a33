/* inverse.h - from a block's lowest coefficients to the samples of a smaller block.
 *
 * Theory. The n x n lowest coefficients of an 8 x 8 block, put through an inverse cosine transform of n points, are the
 * block seen through an ideal low pass filter at n / 8 of its size. With the scale of the forward transform of 8 points, in
 * one dimension and with r = sqrt(2):
 *	n = 1	s0 = c0
 *	n = 2	s0 = c0 + c1				s1 = c0 - c1
 *	n = 4	s0 = c0 + c2 + o	s1 = c0 - c2 + p	s2 = c0 - c2 - p	s3 = c0 + c2 - o
 *		o = r cos(pi/8) c1 + r sin(pi/8) c3	p = r sin(pi/8) c1 - r cos(pi/8) c3
 * and an eighth of it after rows and columns, moved to the middle of the range (128).
 *
 * n = 1 gives the very samples of libjpeg-turbo, overflow included. n = 2 and 4 do not on purpose: its transforms average the samples of the
 * full block, which lets high frequencies through as false patterns and blurs the rest. Measured
 * against Lanczos of the full picture on photos, ours are nearer by 4 to 10 dB (n = 4) and 2 to 5 dB (n = 2), and need only
 * the coefficients above. n = 8, the block as it is, again gives libjpeg-turbo's very samples (inverse_8.h).
 *
 * Rounded once, at the end: the result is the exact one, rounded (n = 2), or within 0.56 of the exact one (n = 4; n = 8: 0.6).
 */
#ifndef RUNNER_JPEG_INVERSE_H
#define RUNNER_JPEG_INVERSE_H

#include <stddef.h>
#include <stdint.h>

/* `blocks` blocks side by side, n * n coefficients each, row by row; n rows of n * blocks samples each.
 * `quantization`: n * n factors in the same order. n is 1, 2, 4 or 8. */
void inverse_row(int n, const int16_t *coefficients, int blocks, const uint16_t *quantization, uint8_t *samples, size_t stride);

#endif
