/* thumb_ours - the function's own way of making thumbnails as a contestant (thumb_peer.h). */
#include "tests/bench/thumb_peer.h"

#include "base/arena.h"
#include "base/json.h"
#include "functions/runner/general/general.h"
#include "functions/runner/thumbnail.h"

static void environment(const struct peer_job *job, struct buf *text)
{
	struct buf list = { 0 };
	struct json j = json_into(text);

	for (int i = 0; i < job->n; i++)
		if (job->size[i].webp)
			buf_printf(&list, "r%d.webp=%d,quality=%d,effort=%d ", i, job->size[i].side, PEER_QUALITY, job->size[i].effort);
		else
			buf_printf(&list, "r%d.jpg=%d,quality=%d ", i, job->size[i].side, PEER_QUALITY);
	json_open(&j, NULL, '{');
	json_str(&j, "RENDITIONS", str_n(list.data, list.len));
	if (!job->all) {
		json_cstr(&j, "PHASH", "0");
		json_cstr(&j, "PALETTE", "0");
		json_cstr(&j, "SHA256", "0");
	}
	json_close(&j);
	buf_clear(&list);
}

static bool make(struct str photo, const struct peer_job *job, struct buf *out, size_t length[PEER_SIZES_MAX])
{
	struct buf text = { 0 }, answer = { 0 };
	struct arena a = { 0 };
	struct json_value *v = NULL;
	char message[512];
	bool done;

	environment(job, &text);
	done = json_parse(&a, str_n(text.data, text.len), &v) == 0 && thumbnail_make(photo, v, &answer, out, message) == REASON_NONE;
	if (done && json_parse(&a, str_n(answer.data, answer.len), &v) == 0) {
		const struct json_value *r = json_get(v, "renditions")->first;

		for (int i = 0; i < job->n; i++, r = r->next)
			length[i] = (size_t)json_number(r, "length", 0);
	}
	buf_clear(&text);
	buf_clear(&answer);
	arena_clear(&a);
	return done;
}

int main(void)
{
	struct peer peer = { .make = make };

	general_prepare();
	peer_converse(&peer);
	return 0;
}
