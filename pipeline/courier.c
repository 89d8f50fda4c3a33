#include "pipeline/courier.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "pipeline/address.h"

#define POLL_MS 60000

struct courier {
	struct lanes *lanes;
	struct str allowed;
	CURLM *multi;
	pthread_t thread;
	pthread_mutex_t lock;		/* of `given`, `closing` and `hurry` */
	struct delivery *given;
	bool closing, hurry;
	struct delivery *sending;	/* the thread's, all that have a handle */
};

static void on_loop(struct post *p)
{
	struct delivery *d = container_of(p, struct delivery, post);

	d->done(d);
}

static void finish(struct courier *c, struct delivery *d, int rc)
{
	d->rc = rc;
	d->post = (struct post){ .call = on_loop };
	lanes_post(c->lanes, &d->post);
}

static bool take(CURLU *u, CURLUPart what, char *to, size_t room)
{
	char *text = NULL;
	bool fits = curl_url_get(u, what, &text, 0) == CURLUE_OK && strlen(text) < room;

	if (fits)
		memcpy(to, text, strlen(text) + 1);
	curl_free(text);
	return fits;
}

int courier_url_read(struct str url, struct courier_url *to)
{
	CURLU *u = curl_url();
	char *text = malloc(url.n + 1), *user = NULL;
	bool good = false;

	CHECK(u != NULL && text != NULL);
	memcpy(text, url.n > 0 ? url.p : "", url.n);
	text[url.n] = '\0';
	if (curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK) {
		good = take(u, CURLUPART_SCHEME, to->scheme, sizeof to->scheme) && take(u, CURLUPART_HOST, to->host, sizeof to->host);
		to->has_user = curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK;
		curl_free(user);
	}
	free(text);
	curl_url_cleanup(u);
	return good ? 0 : E_BAD_INPUT;
}

/* -- one request -- */

static size_t on_bytes(char *p, size_t size, size_t n, void *owner)
{
	struct delivery *d = owner;
	size_t room = COURIER_ANSWER_MAX - d->got, all = size * n, take = all < room ? all : room;

	memcpy(d->answer + d->got, p, take);
	d->got += take;
	d->answer[d->got] = '\0';
	return take == all ? all : 0;	/* enough: CURLE_WRITE_ERROR with a status is an answer */
}

/* The address that is about to be connected to. */
static curl_socket_t on_socket(void *owner, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct delivery *d = owner;

	(void)purpose;
	if (!d->anywhere && !address_is_public(&a->addr) && !address_is_allowed(d->courier->allowed, &a->addr)) {
		d->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static bool set_options(CURL *h, struct delivery *d)
{
	static const char user_agent[] = "minilab";
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *more;

	for (int i = 0; i < d->header_count && list; i++) {
		more = curl_slist_append(list, d->headers[i]);
		if (!more)
			curl_slist_free_all(list);
		list = more;
	}
	d->list = list;
	return list && curl_easy_setopt(h, CURLOPT_URL, d->url) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HTTPHEADER, list) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_USERAGENT, user_agent) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_POSTFIELDS, d->body.p) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)d->body.n) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEDATA, d) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, d) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)COURIER_CONNECT_MS) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)d->timeout_ms) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&	/* nobody waits for a name that is still being looked up */
	       curl_easy_setopt(h, CURLOPT_PRIVATE, d) == CURLE_OK;
}

static void forget_handle(struct delivery *d)
{
	if (d->handle)
		curl_easy_cleanup(d->handle);
	curl_slist_free_all(d->list);
	d->handle = d->list = NULL;
}

static void start(struct courier *c, struct delivery *d)
{
	d->handle = curl_easy_init();
	if (!d->handle || !set_options(d->handle, d) || curl_multi_add_handle(c->multi, d->handle) != CURLM_OK) {
		snprintf(d->answer, sizeof d->answer, "the request cannot be made: is the URL one?");
		forget_handle(d);
		finish(c, d, E_BAD_INPUT);
		return;
	}
	d->next = c->sending;
	c->sending = d;
}

static void take_out(struct courier *c, struct delivery *d)
{
	struct delivery **at = &c->sending;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	curl_multi_remove_handle(c->multi, d->handle);
}

static void end(struct courier *c, struct delivery *d, CURLcode code)
{
	long status = 0;
	int rc = 0;

	curl_easy_getinfo((CURL *)d->handle, CURLINFO_RESPONSE_CODE, &status);
	d->status = (int)status;
	if (code != CURLE_OK && d->refused && status == 0) {
		rc = E_PRECONDITION;
		snprintf(d->answer, sizeof d->answer, "the host has an address that is not public; setting webhook_allow allows it");
	} else if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && status != 0)) {
		rc = code == CURLE_OPERATION_TIMEDOUT ? E_TIMEOUT : -ECONNREFUSED;
		snprintf(d->answer, sizeof d->answer, "%s", curl_easy_strerror(code));
	}
	take_out(c, d);
	forget_handle(d);
	finish(c, d, rc);
}

/* -- the thread -- */

static void collect(struct courier *c)
{
	struct CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
		struct delivery *d = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&d);
		end(c, d, m->data.result);
	}
}

static void drop_all(struct courier *c)
{
	while (c->sending) {
		struct delivery *d = c->sending;

		take_out(c, d);
		forget_handle(d);
		finish(c, d, E_CLOSED);
	}
}

/* False: it is over. */
static bool take_given(struct courier *c)
{
	struct delivery *given, *next;
	bool closing, hurry;

	pthread_mutex_lock(&c->lock);
	given = c->given;
	c->given = NULL;
	closing = c->closing;
	hurry = c->hurry;
	pthread_mutex_unlock(&c->lock);
	for (; given; given = next) {
		next = given->next;
		if (hurry)
			finish(c, given, E_CLOSED);
		else
			start(c, given);
	}
	if (hurry)
		drop_all(c);
	return !closing;
}

static void *run(void *arg)
{
	struct courier *c = arg;
	int running;

	pthread_setname_np(pthread_self(), "courier");
	while (take_given(c)) {
		curl_multi_perform(c->multi, &running);
		collect(c);
		curl_multi_poll(c->multi, NULL, 0, POLL_MS, NULL);
	}
	return NULL;
}

int courier_open(struct courier **out, struct lanes *l, struct str allowed)
{
	struct courier *c = calloc(1, sizeof *c);
	int rc;

	CHECK(c != NULL);
	c->lanes = l;
	c->allowed = allowed;
	pthread_mutex_init(&c->lock, NULL);
	c->multi = curl_multi_init();
	rc = c->multi ? pthread_create(&c->thread, NULL, run, c) : ENOMEM;
	if (rc != 0) {
		if (c->multi)
			curl_multi_cleanup(c->multi);
		pthread_mutex_destroy(&c->lock);
		free(c);
		return -rc;
	}
	*out = c;
	return 0;
}

void courier_send(struct courier *c, struct delivery *d)
{
	d->courier = c;
	d->got = 0;
	d->answer[0] = '\0';
	d->status = 0;
	d->refused = false;
	d->handle = d->list = NULL;
	pthread_mutex_lock(&c->lock);
	d->next = c->given;
	c->given = d;
	pthread_mutex_unlock(&c->lock);
	curl_multi_wakeup(c->multi);
}

static void tell(struct courier *c, bool *what)
{
	pthread_mutex_lock(&c->lock);
	*what = true;
	pthread_mutex_unlock(&c->lock);
	curl_multi_wakeup(c->multi);
}

void courier_hurry(struct courier *c)
{
	tell(c, &c->hurry);
}

void courier_close(struct courier *c)
{
	if (!c)
		return;
	tell(c, &c->closing);
	pthread_join(c->thread, NULL);
	curl_multi_cleanup(c->multi);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
