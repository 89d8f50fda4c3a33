/* inverse_steps.h - the numbers that the plain and the vector transforms share, so that both give the same samples. */
#ifndef RUNNER_JPEG_INVERSE_STEPS_H
#define RUNNER_JPEG_INVERSE_STEPS_H

#include "functions/runner/jpeg/inverse.h"

#define MIDDLE 128
#define AROUND 22	/* 32 less the bits that inverse_1 keeps */

/* r cos(pi/8) and r sin(pi/8), 12 bits after the point: 16-bit coefficients times two of them stay in 32 bits. */
#define R_COS 5352
#define R_SIN 2217
#define POINT 12
#define KEPT 3		/* bits after the point between the two directions */

/* As many blocks of inverse_row as whole vectors hold; how many they were (0 where there are no vectors). */
int inverse_vectors(int n, const int16_t *c, int blocks, const uint16_t q[16], uint8_t *out, size_t stride);

#endif
