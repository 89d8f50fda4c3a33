#include "functions/runner/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "functions/wire.h"

#define HOST 3
#define BLOCK (8u << 20)
#define EATEN_MAX (1u << 30)
#define EVENT_MAX 512
#define BEYOND_ANY_ANSWER (1LL << 40)

struct probe {
	const struct json_value *event;
	int input;
	int64_t input_length;
	struct result *r;
};

static void answer_text(struct probe *p, const char *json)
{
	buf_puts(&p->r->answer, json);
}

/* What a refused call must end as; a call that worked ends as success, which no test expects. */
static void refused(struct probe *p, const char *what, long rc)
{
	if (rc >= 0) {
		answer_text(p, "{\"escaped\":true}");
		return;
	}
	p->r->reason = REASON_FORBIDDEN;
	snprintf(p->r->message, sizeof p->r->message, "%s: %s", what, strerror(errno));
}

static void do_ok(struct probe *p)
{
	answer_text(p, "{\"ok\":true}");
	buf_puts(&p->r->files, "a thumbnail, so to say");
}

/* As the general program never should. */
static void do_nowhere(struct probe *p)
{
	p->r->reason = REASON_ELSEWHERE;
}

static void do_damage(struct probe *p)
{
	p->r->reason = reason_find(json_text(p->event, "reason"));
}

static void do_degraded(struct probe *p)
{
	struct json j = json_into(&p->r->answer);

	json_open(&j, NULL, '{');
	json_open(&j, "photo", '{');
	json_bool(&j, "degraded", true);
	json_close(&j);
	json_close(&j);
}

static void do_input(struct probe *p)
{
	char *bytes = mmap(NULL, (size_t)p->input_length, PROT_READ, MAP_PRIVATE, p->input, 0);
	struct json j = json_into(&p->r->answer);

	json_open(&j, NULL, '{');
	json_int(&j, "length", p->input_length);
	json_close(&j);
	if (bytes != MAP_FAILED)
		buf_add(&p->r->files, bytes, (size_t)p->input_length);
}

/* As for a format that only the general program reads. */
static void do_elsewhere(struct probe *p)
{
	if (p->r->probes != PROBES_GENERAL)
		p->r->reason = REASON_ELSEWHERE;
	else
		do_input(p);
}

static void do_nap(struct probe *p)
{
	usleep((useconds_t)(json_number(p->event, "ms", 0) * 1000));
	answer_text(p, "{\"rested\":true}");
}

static int64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void do_spin(struct probe *p)
{
	int64_t until = cpu_ms() + json_number(p->event, "ms", 0);

	while (cpu_ms() < until)
		;
	answer_text(p, "{\"tired\":true}");
}

static void do_open(struct probe *p)
{
	refused(p, "open", open("/", O_RDONLY));
}

static void do_socket(struct probe *p)
{
	refused(p, "socket", socket(AF_INET, SOCK_STREAM, 0));
}

static void do_execve(struct probe *p)
{
	char *const none[] = { NULL };

	refused(p, "execve", execve("/bin/true", none, none));
}

static void do_ptrace(struct probe *p)
{
	refused(p, "ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static void do_fork(struct probe *p)
{
	refused(p, "fork", syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0));
}

static void do_kill_parent(struct probe *p)
{
	refused(p, "kill", kill(getppid(), SIGKILL));
}

static void do_map_code(struct probe *p)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	refused(p, "executable mapping", code == MAP_FAILED ? -1 : 0);
}

static void do_write_input(struct probe *p)
{
	refused(p, "writing the photo", write(p->input, "x", 1));
}

static void do_map_input(struct probe *p)
{
	void *photo = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, p->input, 0);

	refused(p, "mapping the photo for writing", photo == MAP_FAILED ? -1 : 0);
}

/* Until there is no more, or more than any test allows. The pointers are lost on purpose; the environment does
 * not live on. */
static void eat(void)
{
	char *block;

	for (size_t eaten = 0; eaten < EATEN_MAX && (block = malloc(BLOCK)) != NULL; eaten += BLOCK)
		memset(block, 1, BLOCK);
}

/* As libjpeg does it: an error like any other. */
static void do_memory(struct probe *p)
{
	eat();
	p->r->reason = REASON_DAMAGED;
	snprintf(p->r->message, sizeof p->r->message, "insufficient memory (case 4)");
}

/* As glib does it. */
static void do_memory_abort(struct probe *p)
{
	(void)p;
	eat();
	abort();
}

static void do_loop(struct probe *p)
{
	(void)p;
	for (volatile int forever = 1; forever;)
		;
}

static void send_raw(struct probe *p, int64_t length, const char *text, int fd)
{
	p->r->told = true;
	wire_send(HOST, (struct wire_header){ .kind = WIRE_RESULT, .value = length, .id = p->r->id }, str_of(text), fd);
	if (fd >= 0)
		close(fd);
}

static void do_oversize(struct probe *p)
{
	send_raw(p, BEYOND_ANY_ANSWER, "{}", serve_seal("x", 1));
}

/* Writes until the file size limit says no, then offers what there is. */
static void do_flood(struct probe *p)
{
	static char block[1 << 16];
	int fd = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	long rc;

	while ((rc = write(fd, block, sizeof block)) > 0)
		;
	close(fd);
	p->r->reason = REASON_ANSWER;
	snprintf(p->r->message, sizeof p->r->message, "too large: %s", strerror(errno));
}

static void do_badjson(struct probe *p)
{
	send_raw(p, 0, "{\"renditions\":[", -1);
}

static void do_unsealed(struct probe *p)
{
	int fd = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	send_raw(p, write(fd, "x", 1), "{}", fd);
}

static void do_short(struct probe *p)
{
	send_raw(p, 1000, "{}", serve_seal("x", 1));
}

static void do_no_file(struct probe *p)
{
	send_raw(p, 1000, "{}", -1);
}

static void do_socket_answer(struct probe *p)
{
	struct wire_header head = { .kind = WIRE_RESULT, .value = 1, .id = p->r->id };

	p->r->told = wire_send(HOST, head, STR("{}"), HOST) == 0;
}

static void do_garbage(struct probe *p)
{
	p->r->told = write(HOST, "garbage", 7) == 7;
}

static void do_twice(struct probe *p)
{
	send_raw(p, 0, "{}", -1);
	send_raw(p, 0, "{}", -1);
}

static void do_lie(struct probe *p)
{
	p->r->reason = REASON_LOOP;	/* not the cage's to say */
}

static void do_hang_up(struct probe *p)
{
	close(HOST);
	do_loop(p);
}

static void do_exit(struct probe *p)
{
	_exit((int)json_number(p->event, "status", 3));
}

static void do_segv(struct probe *p)
{
	volatile int *volatile nowhere = (volatile int *)8;

	(void)p;
	*nowhere = 1;
}

static const struct {
	const char *name;
	void (*run)(struct probe *p);
} probes[] = {
	{ "ok", do_ok }, { "input", do_input }, { "nap", do_nap }, { "spin", do_spin },
	{ "open", do_open }, { "socket", do_socket }, { "execve", do_execve }, { "ptrace", do_ptrace },
	{ "fork", do_fork }, { "kill-parent", do_kill_parent }, { "map-code", do_map_code },
	{ "write-input", do_write_input }, { "map-input", do_map_input },
	{ "memory", do_memory }, { "memory-abort", do_memory_abort }, { "loop", do_loop },
	{ "oversize", do_oversize }, { "flood", do_flood }, { "badjson", do_badjson },
	{ "unsealed", do_unsealed }, { "short", do_short }, { "no-file", do_no_file },
	{ "socket-answer", do_socket_answer }, { "garbage", do_garbage }, { "twice", do_twice },
	{ "elsewhere", do_elsewhere }, { "nowhere", do_nowhere }, { "damage", do_damage }, { "degraded", do_degraded },
	{ "lie", do_lie }, { "hang-up", do_hang_up }, { "exit", do_exit }, { "segv", do_segv },
};

/* Probes go through the daemon as photos that begin so, an event after it. */
static const char first_word[] = "minilab-probe ";

static const struct json_value *event_inside(struct arena *a, int input, int64_t input_length)
{
	size_t word = sizeof first_word - 1, n = (size_t)input_length;
	struct json_value *event = NULL;
	char *text;

	if (input_length <= (int64_t)word || input_length > EVENT_MAX)
		return NULL;
	text = mmap(NULL, n, PROT_READ, MAP_PRIVATE, input, 0);
	if (text == MAP_FAILED)
		return NULL;
	if (memcmp(text, first_word, word) == 0 && json_parse(a, str_n(text + word, n - word), &event) < 0)
		event = NULL;
	munmap(text, n);
	return event;
}

bool probe_run(const struct json_value *event, int input, int64_t input_length, struct result *r)
{
	struct arena a = {0};
	struct probe p = { event, input, input_length, r };
	struct str name = json_text(event, "probe");
	bool found = false;

	if (!str_is_set(name) && (p.event = event_inside(&a, input, input_length)) != NULL)
		name = json_text(p.event, "probe");
	for (size_t i = 0; i < sizeof probes / sizeof probes[0] && !found; i++) {
		found = str_eq(name, str_of(probes[i].name));
		if (found)
			probes[i].run(&p);
	}
	arena_clear(&a);
	return found;
}
