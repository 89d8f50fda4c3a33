/* thumb_loop - the bare cost of thumbnails: the same renditions as the function's, in a loop, in one process
 * per job, with no daemon, no cage and no disk around them.
 *
 *   thumb_loop [-n ROUNDS] [-j PROCESSES] [-e JSON] FILE...   median CPU ms per photo, photos per second
 *   thumb_loop -o DIR FILE...                                 once; renditions into DIR, one line per file
 *
 * -e is the function's environment, a JSON object of texts. Files must all be given thumbnails when timed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "functions/runner/general/general.h"
#include "functions/runner/thumbnail.h"

#define FILES_MAX 4096

struct options {
	int rounds, processes;
	const char *env, *dir;
	char **names;
	int n;
};

struct photo {
	struct str bytes;
	double *cpu_ms;		/* per round, shared between the processes */
};

static void die(const char *what, const char *name)
{
	fprintf(stderr, "thumb_loop: %s %s\n", what, name);
	exit(1);
}

static struct str slurp(const char *name)
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
	return str_n(p, (size_t)n);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof v[0], by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void loop(const struct options *o, struct photo *photos, const struct json_value *env, int process)
{
	char message[512];

	for (int round = 0; round < o->rounds; round++)
		for (int i = 0; i < o->n; i++) {
			struct buf answer = { 0 }, files = { 0 };
			double start = seconds(CLOCK_PROCESS_CPUTIME_ID);

			if (thumbnail_make(photos[i].bytes, env, &answer, &files, message) != REASON_NONE)
				die(message, o->names[i]);
			photos[i].cpu_ms[process * o->rounds + round] = 1000 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - start);
			buf_clear(&answer);
			buf_clear(&files);
		}
}

static void measure(const struct options *o, struct photo *photos, const struct json_value *env)
{
	double start = seconds(CLOCK_MONOTONIC), sum = 0, wall;
	struct rusage used;
	int status;

	for (int p = 0; p < o->processes; p++)
		if (fork() == 0) {
			loop(o, photos, env, p);
			_exit(0);
		}
	for (int p = 0; p < o->processes; p++)
		if (wait(&status) < 0 || status != 0)
			die("a process failed:", "see above");
	wall = seconds(CLOCK_MONOTONIC) - start;
	getrusage(RUSAGE_CHILDREN, &used);
	for (int i = 0; i < o->n; i++) {
		double m = median(photos[i].cpu_ms, o->rounds * o->processes);

		printf("cpu_ms=%.1f file=%s\n", m, o->names[i]);
		sum += m;
	}
	printf("photos=%d rounds=%d processes=%d cpu_ms_mean_of_medians=%.1f photos_per_s=%.1f peak_rss_mb=%ld\n", o->n,
	       o->rounds, o->processes, sum / o->n, o->n * o->rounds * o->processes / wall, used.ru_maxrss / 1024);
}

static void keep(const char *dir, const char *name, struct str answer, const struct buf *files)
{
	struct arena a = { 0 };
	struct json_value *v = NULL;
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;

	if (json_parse(&a, answer, &v) < 0)
		die("malformed answer for", name);
	for (const struct json_value *r = json_get(v, "renditions")->first; r; r = r->next) {
		char *path = arena_printf(&a, "%s/%s.%.*s", dir, base, STR_ARG(json_text(r, "name")));
		FILE *f = fopen(path, "wb");

		if (f == NULL)
			die("cannot write", path);
		fwrite(files->data + json_number(r, "offset", 0), 1, (size_t)json_number(r, "length", 0), f);
		fclose(f);
	}
	arena_clear(&a);
}

static void once(const struct options *o, struct photo *photos, const struct json_value *env)
{
	for (int i = 0; i < o->n; i++) {
		struct buf answer = { 0 }, files = { 0 };
		char message[512];
		double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
		enum reason why = thumbnail_make(photos[i].bytes, env, &answer, &files, message);
		double ms = 1000 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - start);

		if (why == REASON_NONE) {
			keep(o->dir, o->names[i], str_n(answer.data, answer.len), &files);
			printf("%s\t%.0f ms\t%s\n", o->names[i], ms, answer.data);
		} else {
			printf("%s\t%.0f ms\t%s: %s\n", o->names[i], ms, reason_code(why), message);
		}
		fflush(stdout);
		buf_clear(&answer);
		buf_clear(&files);
	}
}

static void read_options(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .rounds = 5, .processes = 1 };
	while ((c = getopt(argc, argv, "n:j:e:o:")) != -1)
		switch (c) {
		case 'n': o->rounds = (int)strtol(optarg, NULL, 10); break;
		case 'j': o->processes = (int)strtol(optarg, NULL, 10); break;
		case 'e': o->env = optarg; break;
		case 'o': o->dir = optarg; break;
		default: exit(2);
		}
	o->names = argv + optind;
	o->n = argc - optind;
	if (o->n < 1 || o->n > FILES_MAX || o->rounds < 1 || o->processes < 1)
		die("usage:", "thumb_loop [-n ROUNDS] [-j PROCESSES] [-e JSON] [-o DIR] FILE...");
}

int main(int argc, char **argv)
{
	struct options o;
	struct arena a = { 0 };
	struct json_value *env = NULL;
	struct photo *photos;
	double *times;
	size_t each;

	read_options(&o, argc, argv);
	if (o.env && json_parse(&a, str_of(o.env), &env) < 0)
		die("not JSON:", o.env);
	each = (size_t)o.rounds * (size_t)o.processes;
	photos = calloc((size_t)o.n, sizeof photos[0]);
	times = mmap(NULL, (size_t)o.n * each * sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (photos == NULL || times == MAP_FAILED)
		die("no memory for", "the figures");
	for (int i = 0; i < o.n; i++)
		photos[i] = (struct photo){ slurp(o.names[i]), times + (size_t)i * each };
	general_prepare();
	if (o.dir)
		once(&o, photos, env);
	else
		measure(&o, photos, env);
	for (int i = 0; i < o.n; i++)
		free((void *)photos[i].bytes.p);
	free(photos);
	arena_clear(&a);
	return 0;
}
