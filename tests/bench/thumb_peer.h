/* thumb_peer.h - a contestant of tests/bench/images.py that is written in C: one warm process which is told what to do on its
 * standard input and answers each line with one.
 *
 *   load PHOTO       reads the file into memory                           ok
 *   run JOB OUT      makes all thumbnails of JOB; OUT is what their names begin with, or - to throw them away
 *                                                                         ms=1.234 bytes=5678
 *   reset            memory is counted from here                          ok
 *   peak             the most that was resident since, in MB              mb=12.3
 *
 * A JOB is SIZE.FORMAT,... from large to small: 1280.jpg,480.webp4 - the last digit is WebP's effort. All are of quality 80, fit into
 * a square of SIZE and are never enlarged. A + before it asks for whatever else the contestant tells of a photo.
 */
#ifndef TESTS_BENCH_THUMB_PEER_H
#define TESTS_BENCH_THUMB_PEER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/str.h"

#define PEER_SIZES_MAX 8
#define PEER_QUALITY 80

struct peer_job {
	int n;
	bool all;
	struct peer_size {
		int side;
		bool webp;
		int effort;
	} size[PEER_SIZES_MAX];
};

struct peer {
	void (*load)(struct str photo);		/* what may be found out before the clock runs; NULL: nothing */
	/* Into `out`, one after the other, `length` of each. False: it cannot. */
	bool (*make)(struct str photo, const struct peer_job *job, struct buf *out, size_t length[PEER_SIZES_MAX]);
	/* its own */
	struct str photo;	/* owned */
	long resident_kb;	/* when memory began to be counted */
};

static _Noreturn void die(const char *what, const char *name)
{
	fprintf(stderr, "peer: %s %s\n", what, name);
	exit(1);
}

static double cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static long status_kb(const char *what)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	while (f && kb < 0 && fgets(line, sizeof line, f))
		if (strncmp(line, what, strlen(what)) == 0)
			kb = strtol(line + strlen(what), NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

static void load(struct peer *peer, const char *name)
{
	FILE *f = fopen(name, "rb");
	char *p;
	long n;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
		die("cannot read", name);
	rewind(f);
	p = malloc((size_t)n + 1);
	if (p == NULL || fread(p, 1, (size_t)n, f) != (size_t)n)
		die("cannot read", name);
	fclose(f);
	free((void *)peer->photo.p);
	peer->photo = str_n(p, (size_t)n);
	if (peer->load)
		peer->load(peer->photo);
}

static void reset(struct peer *peer)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	if (f == NULL || fputs("5", f) < 0 || fclose(f) != 0)
		die("cannot reset", "the peak of memory");
	peer->resident_kb = status_kb("VmRSS:");
}

static void parse(char *text, struct peer_job *job)
{
	*job = (struct peer_job){ .all = *text == '+' };
	for (char *word = strtok(text + job->all, ","); word; word = strtok(NULL, ",")) {
		struct peer_size *s = &job->size[job->n++];
		char *end;

		s->side = (int)strtol(word, &end, 10);
		s->webp = strncmp(end, ".webp", 5) == 0;
		if (job->n == PEER_SIZES_MAX || s->side < 1 || (!s->webp && strcmp(end, ".jpg") != 0))
			die("not a job:", word);
		s->effort = s->webp ? (int)strtol(end + 5, NULL, 10) : 0;
	}
}

static void keep(const struct peer_job *job, const struct buf *out, const size_t *length, const char *begin)
{
	size_t at = 0;

	for (int i = 0; i < job->n; at += length[i++]) {
		char name[8192];
		FILE *f;

		snprintf(name, sizeof name, "%s%d.%s", begin, job->size[i].side, job->size[i].webp ? "webp" : "jpg");
		f = fopen(name, "wb");
		if (f == NULL || fwrite(out->data + at, 1, length[i], f) != length[i] || fclose(f) != 0)
			die("cannot write", name);
	}
}

static void run(const struct peer *peer, char *text, const char *begin)
{
	struct peer_job job;
	struct buf out = { 0 };
	size_t length[PEER_SIZES_MAX] = { 0 };
	double start;

	parse(text, &job);
	start = cpu_ms();
	if (!peer->make(peer->photo, &job, &out, length)) {
		printf("failed\n");
	} else {
		printf("ms=%.3f bytes=%zu\n", cpu_ms() - start, out.len);
		if (strcmp(begin, "-") != 0)
			keep(&job, &out, length, begin);
	}
	buf_clear(&out);
}

static bool obey(struct peer *peer, const char *line)
{
	char word[16], one[4096], two[4096];
	int n = sscanf(line, "%15s %4095s %4095s", word, one, two);

	if (n == 2 && strcmp(word, "load") == 0)
		load(peer, one);
	else if (n == 1 && strcmp(word, "reset") == 0)
		reset(peer);
	else if (n == 1 && strcmp(word, "peak") == 0)
		printf("mb=%.1f\n", (double)(status_kb("VmHWM:") - peer->resident_kb) / 1024);
	else if (n == 3 && strcmp(word, "run") == 0)
		run(peer, one, two);
	else
		return false;
	if (*word == 'l' || strcmp(word, "reset") == 0)
		printf("ok\n");
	return true;
}

/* Until its input ends. */
static void peer_converse(struct peer *peer)
{
	char line[8192];

	while (fgets(line, sizeof line, stdin)) {
		if (!obey(peer, line))
			die("not understood:", line);
		fflush(stdout);
	}
	free((void *)peer->photo.p);
}

#endif
