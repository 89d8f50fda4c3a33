#include "pipeline/webhook.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "pipeline/address.h"
#include "pipeline/courier.h"

static const enum outbox_what told_apart[] = { OUTBOX_READY, OUTBOX_FAILED };

bool webhook_read(const struct json_value *document, struct webhook *w)
{
	const struct json_value *events = document ? json_get(document, "Events") : NULL;

	*w = (struct webhook){ .told[OUTBOX_PING] = true };
	if (!document)
		return false;
	w->url = json_text(document, "Url");
	w->secret = json_text(document, "Secret");
	for (const struct json_value *e = events ? events->first : NULL; e; e = e->next)
		for (size_t i = 0; i < 2; i++)
			if (str_eq(e->text, str_of(outbox_word(told_apart[i]))))
				w->told[told_apart[i]] = true;
	return w->url.n > 0;
}

void webhook_write(struct buf *to, const struct webhook *w)
{
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	json_str(&j, "Url", w->url);
	json_str(&j, "Secret", w->secret);
	json_open(&j, "Events", '[');
	for (size_t i = 0; i < 2; i++)
		if (w->told[told_apart[i]])
			json_cstr(&j, NULL, outbox_word(told_apart[i]));
	json_close(&j);
	json_close(&j);
}

/* -- what can be one -- */

/* An address that stands there itself is known before anything is sent. */
static bool is_refused_address(const char *host, struct str allowed)
{
	struct sockaddr_storage a = {0};
	char bare[INET6_ADDRSTRLEN];
	size_t n = strlen(host);
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&a;
	const struct sockaddr *generic = (const struct sockaddr *)(const void *)&a;

	if (n > 2 && host[0] == '[' && n - 2 < sizeof bare) {
		snprintf(bare, sizeof bare, "%.*s", (int)(n - 2), host + 1);
		a.ss_family = inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1 ? AF_INET6 : AF_UNSPEC;
	} else if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		a.ss_family = AF_INET;
	}
	return a.ss_family != AF_UNSPEC && !address_is_public(generic) && !address_is_allowed(allowed, generic);
}

static const char *trouble_of(const struct courier_url *u, struct str allowed, bool by_name)
{
	if (strcmp(u->scheme, "http") != 0 && strcmp(u->scheme, "https") != 0)
		return "The URL of a webhook begins with https:// or http://.";
	if (u->has_user)
		return "The URL of a webhook has no user name in it: check its signature instead.";
	if (!by_name && is_refused_address(u->host, allowed))
		return "That address is not public. The setting webhook_allow names hosts and networks that may be told all the same.";
	return NULL;
}

int webhook_check(struct str url, struct str allowed, char why[160], bool *by_name)
{
	const char *trouble = "That is no URL with a host, of at most 2048 characters.";
	struct courier_url u;

	*by_name = false;
	if (url.n <= WEBHOOK_URL_MAX && courier_url_read(url, &u) == 0) {
		*by_name = address_host_is_allowed(allowed, str_of(u.host));
		trouble = trouble_of(&u, allowed, *by_name);
	}
	if (trouble)
		snprintf(why, 160, "%s", trouble);
	return trouble ? E_BAD_INPUT : 0;
}

void webhook_sign(struct str secret, int64_t seconds, struct str body, char to[WEBHOOK_SIGNATURE + 1])
{
	struct buf text = {0};
	uint8_t mac[32];

	buf_printf(&text, "%lld.", (long long)seconds);
	buf_add(&text, body.p, body.n);
	hmac_sha256(secret, str_n(text.data, text.len), mac);
	memcpy(to, "sha256=", 7);
	hex_encode(to + 7, mac, sizeof mac);
	buf_clear(&text);
}
