/* ycc.h - rows between luma with colour differences and RGB: JFIF's arithmetic (BT.601, full range), in integers.
 *
 *     R = Y + 1.402 Cr'    G = Y - 0.344136 Cb' - 0.714136 Cr'    B = Y + 1.772 Cb'        Cb' = Cb - 128, Cr' = Cr - 128
 *
 * with 16 fractional bits, rounded, clamped. A colour sample stands in the middle of the two or four pixels it covers, and each of
 * those takes three parts from the nearer and one from the further neighbour, along each axis. That is what libjpeg-turbo
 * computes (its "fancy upsampling"): 4:4:4 and 4:2:0 to the last bit, 4:2:2 and 4:4:0 up to where halves are rounded to.
 */
#ifndef RUNNER_YCC_H
#define RUNNER_YCC_H

#include <stdint.h>

void ycc_to_rgb(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgb, int n);
void ycc_from_rgb(const uint8_t *rgb, uint8_t *y, uint8_t *cb, uint8_t *cr, int n);	/* cb and cr NULL: only luma */

/* Colour differences of (n + 1) / 2 squares of four pixels, from two rows of n; the second may be the first again. */
void ycc_from_squares(const uint8_t *upper, const uint8_t *lower, uint8_t *cb, uint8_t *cr, int n);

/* A row of colour differences for a row of pixels, in two steps: four times the samples, three parts `near` and one `far` (the same
 * where there are as many rows); then n samples from (n + 1) / 2 such sums, or from as many. For ycc_widen there is room for one
 * sum before and one after, and for n + 1 samples. */
void ycc_blend(const uint8_t *near, const uint8_t *far, uint16_t *to, int n);
void ycc_widen(uint16_t *from, uint8_t *to, int n);
void ycc_quarter(const uint16_t *from, uint8_t *to, int n);

#endif
