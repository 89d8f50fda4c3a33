#include "functions/runner/scale/weights.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"

static double lanczos(double x)
{
	if (fabs(x) < 1e-9)
		return 1;
	if (fabs(x) >= WEIGHTS_LOBES)
		return 0;
	return WEIGHTS_LOBES * sin(M_PI * x) * sin(M_PI * x / WEIGHTS_LOBES) / (M_PI * M_PI * x * x);
}

/* The kernel around one output sample: samples from ... end - 1 lie within it. */
struct place {
	double centre, scale;
	int from, end;
};

static struct place place_of(const struct weights_spec *s, int i)
{
	double step = s->length / s->out;
	struct place p = { .centre = s->start + (i + 0.5) * step, .scale = step > 1 ? step : 1 };
	double reach = WEIGHTS_LOBES * p.scale;

	/* Samples at the very ends of the kernel weigh nothing: with a whole scale they are left out. */
	p.from = (int)floor(p.centre - reach + 0.5 + 1e-9);
	p.end = (int)ceil(p.centre + reach - 0.5 - 1e-9);
	if (step == 1 && fabs(p.centre - floor(p.centre) - 0.5) < 1e-9) {
		p.from = (int)floor(p.centre);
		p.end = p.from + 1;
	}
	p.from = p.from < 0 ? 0 : p.from;
	p.end = p.end > s->size ? s->size : p.end;
	CHECK(p.from < p.end);
	return p;
}

/* An angle that grows by equal steps: its sine without a call for each (turning a pointer is a few products). */
struct pointer {
	double sine, cosine, by_sine, by_cosine;
};

static void advance(struct pointer *p)
{
	double s = p->sine * p->by_cosine + p->cosine * p->by_sine;

	p->cosine = p->cosine * p->by_cosine - p->sine * p->by_sine;
	p->sine = s;
}

/* Lanczos at x, x + step ... The quick sine is that of three times the slow one's angle. */
static void lanczos_line(double x, double step, int n, double *v)
{
	struct pointer slow;

	_Static_assert(WEIGHTS_LOBES == 3, "sin 3 a = 3 sin a - 4 sin^3 a");
	sincos(M_PI / WEIGHTS_LOBES * x, &slow.sine, &slow.cosine);
	sincos(M_PI / WEIGHTS_LOBES * step, &slow.by_sine, &slow.by_cosine);
	for (int k = 0; k < n; k++, x += step) {
		double square = slow.sine * slow.sine;

		v[k] = fabs(x) < 1e-6 ? 1 : WEIGHTS_LOBES * square * (3 - 4 * square) / (M_PI * M_PI * x * x);
		advance(&slow);
	}
}

/* Normalised; v[0] is for sample p->from. A sample that is real in part weighs less and stands in the middle of its part. */
static void weigh(const struct weights_spec *s, const struct place *p, double *v)
{
	int n = p->end - p->from;
	double sum = 0;

	lanczos_line((p->from + 0.5 - p->centre) / p->scale, 1 / p->scale, n, v);
	if (p->end == s->size && s->last < 1)
		v[n - 1] = s->last * lanczos((s->size - 1 + s->last / 2 - p->centre) / p->scale);
	for (int k = 0; k < n; k++)
		sum += v[k];
	for (int k = 0; k < n; k++)
		v[k] /= sum;
}

static void to_fixed(const double *v, int n, int16_t *to)
{
	int left = 1 << WEIGHTS_BITS, top = 0;

	for (int k = 0; k < n; k++) {
		to[k] = (int16_t)lrint(v[k] * (1 << WEIGHTS_BITS));
		left -= to[k];
		top = to[k] > to[top] ? k : top;
	}
	to[top] = (int16_t)(to[top] + left);
}

static void *take(size_t n, size_t size)
{
	void *p = calloc(n, size);

	CHECK(p != NULL);
	return p;
}

static void measure(struct weights *w, const struct weights_spec *s)
{
	for (int i = 0; i < s->out; i++) {
		struct place p = place_of(s, i);
		int span = p.end - (p.from - p.from % s->align);

		w->reach = span > w->reach ? span : w->reach;
	}
	w->stride = w->reach + w->reach % 2;
}

void weights_make(struct weights *w, const struct weights_spec *s)
{
	double *v;
	size_t all;

	CHECK(s->size > 0 && s->out > 0 && s->length > 0 && s->start >= 0);
	CHECK(s->start + s->length * (s->out - 1) / s->out < s->size);
	*w = (struct weights){ .out = s->out };
	measure(w, s);
	all = (size_t)s->out * (size_t)w->stride;
	w->first = take((size_t)s->out, sizeof w->first[0]);
	w->n = take((size_t)s->out, sizeof w->n[0]);
	if (s->fixed)
		w->fixed = take(all, sizeof w->fixed[0]);
	else
		w->real = take(all, sizeof w->real[0]);
	v = take((size_t)w->stride, sizeof v[0]);
	for (int i = 0; i < s->out; i++) {
		struct place p = place_of(s, i);
		int skip = p.from % s->align;
		size_t at = (size_t)i * (size_t)w->stride + (size_t)skip;

		weigh(s, &p, v);
		w->first[i] = p.from - skip;
		w->n[i] = p.end - w->first[i];
		if (s->fixed)
			to_fixed(v, p.end - p.from, w->fixed + at);
		for (int k = 0; !s->fixed && k < p.end - p.from; k++)
			w->real[at + (size_t)k] = (float)v[k];
	}
	free(v);
}

void weights_clear(struct weights *w)
{
	free(w->first);
	free(w->n);
	free(w->fixed);
	free(w->real);
	*w = (struct weights){ 0 };
}
