#include "functions/sandbox_outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "functions/sandbox_outbound.h"

struct outbox_message {
	struct outbox_message *next;
	struct wire_header head;
	int fd;				/* owned; -1 */
	size_t length;
	char text[];
};

static int wait_for_room(struct outbox *o, struct wire_header head, struct str text, int fd)
{
	struct outbox_message *m;

	if (o->count >= OUTBOX_MAX)
		return E_BUSY;
	m = malloc(sizeof *m + text.n);
	CHECK(m != NULL);
	*m = (struct outbox_message){ .head = head, .fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0), .length = text.n };
	if (text.n)
		memcpy(m->text, text.p, text.n);
	if (!o->first)
		o->last = &o->first;
	*o->last = m;
	o->last = &m->next;
	o->count++;
	return 0;
}

int outbox_send(struct outbox *o, struct wire_header head, struct str text, int fd)
{
	int rc = o->first ? -EAGAIN : wire_send(o->sock, head, text, fd);

	if (rc == -EAGAIN)
		return wait_for_room(o, head, text, fd);
	return rc == E_CLOSED ? 0 : rc;
}

static void drop_first(struct outbox *o)
{
	struct outbox_message *m = o->first;

	o->first = m->next;
	o->count--;
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}

void outbox_flush(struct outbox *o)
{
	while (o->first && wire_send(o->sock, o->first->head, str_n(o->first->text, o->first->length), o->first->fd) != -EAGAIN)
		drop_first(o);
}

bool outbox_waits(const struct outbox *o)
{
	return o->first != NULL;
}

void outbox_clear(struct outbox *o)
{
	while (o->first)
		drop_first(o);
}

static void add_text(struct buf *b, struct str s)
{
	buf_add(b, s.p ? s.p : "", s.n);
	buf_add(b, "", 1);
}

int outbox_plan(struct outbox *o, const struct sandbox_plan *p)
{
	struct sandbox_wire_plan head = { .memory_bytes = p->memory_mb << 20, .tmp_bytes = p->tmp_mb << 20,
						.layers = p->layer_count, .outbound = p->outbound };
	struct buf text = {0};
	int rc;

	if (p->outbound && (rc = head.host_count = outbound_host_addresses(head.host, SANDBOX_HOST_MAX)) < 0)
		return rc;
	buf_add(&text, &head, sizeof head);
	add_text(&text, p->code);
	add_text(&text, p->runtime_dir);
	add_text(&text, p->lang_dir);
	for (int i = 0; i < p->layer_count; i++)
		add_text(&text, p->layers[i]);
	rc = outbox_send(o, (struct wire_header){ .kind = SANDBOX_PLAN }, str_n(text.data, text.len), -1);
	buf_clear(&text);
	return rc;
}

/* The number of texts; they are appended. */
static int add_list(struct buf *b, const char *const *list)
{
	int n = 0;

	for (; list && list[n]; n++)
		add_text(b, str_of(list[n]));
	return n;
}

/* A pipe is its maker's to open, and scripts open theirs by name: /dev/stdout, /dev/stderr. */
static void let_open(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		fchmod(fd, 0622);
}

static int send_descriptors(struct outbox *o, const struct sandbox_process *p)
{
	const int fds[] = { p->out, p->err, p->log };
	int rc = 0;

	for (int i = 0; i < 3 && rc == 0; i++) {
		let_open(fds[i]);
		if (fds[i] >= 0)
			rc = outbox_send(o, (struct wire_header){ .kind = SANDBOX_DESCRIPTOR, .value = i + 1 }, (struct str){0}, fds[i]);
	}
	return rc;
}

int outbox_exec(struct outbox *o, int id, const struct sandbox_process *p)
{
	struct sandbox_wire_exec head = { .native = p->native };
	struct buf text = {0};
	int rc;

	buf_add(&text, &head, sizeof head);
	add_text(&text, str_of(p->path));
	add_text(&text, str_of(p->directory));
	head.argument_count = add_list(&text, p->argv);
	head.variable_count = add_list(&text, p->envp);
	memcpy(text.data, &head, sizeof head);
	rc = text.len > SANDBOX_ARGUMENTS_MAX ? E_TOO_LARGE : 0;
	if (rc == 0 && (rc = send_descriptors(o, p)) == 0)
		rc = outbox_send(o, (struct wire_header){ .kind = SANDBOX_EXEC, .id = id }, str_n(text.data, text.len), -1);
	buf_clear(&text);
	return rc;
}
