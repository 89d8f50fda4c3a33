/* Signing in to the console and out of it, and who may use the local API: whoever signs a request, or who is signed in and asks from
 * the console's own pages. */
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/commands.h"
#include "web/api/local.h"

#define KEYS_BODY_MAX 4096

/* Cookies know no ports: two daemons of one host must not sign each other out. */
static const char *cookie_name(const struct local *l, struct arena *a)
{
	return arena_printf(a, "minilab_session_%d", l->m->port);
}

static struct str cookie(struct local *l)
{
	struct str rest = http_field(l->call->r, "cookie"), one, name, wanted = str_of(cookie_name(l, &l->arena));

	while (str_is_set(rest) && str_next(&rest, ';', &one)) {
		one = str_trim(one);
		if (str_next(&one, '=', &name) && str_is_set(one) && str_eq(name, wanted))
			return one;
	}
	return (struct str){0};
}

/* Where the page is from that made the browser ask. Sec-Fetch-Site is the browser's own word, but it is not sent to plain HTTP on other hosts;
 * Origin is sent with every request that may change something. */
static bool from_here(const struct http_request *r)
{
	struct str site = http_field(r, "sec-fetch-site"), origin = http_field(r, "origin"), host = http_field(r, "host");

	if (str_is_set(site))
		return str_eq(site, STR("same-origin"));
	if (str_starts(origin, STR("http://")))
		return str_ieq(str_n(origin.p + 7, origin.n - 7), host);
	return str_starts(origin, STR("https://")) && str_ieq(str_n(origin.p + 8, origin.n - 8), host);
}

/* A page of another origin can neither set this header without being asked about it first, nor be from here. */
static bool refuse_cross_site(struct local *l)
{
	if (str_eq(http_field(l->call->r, "x-minilab"), STR("1")) && from_here(l->call->r))
		return false;
	local_refuse(l, 403, "CrossSite", "A request that changes something by the console's cookie comes from the console's own pages, "
		     "with the header X-Minilab: 1.");
	return true;
}

bool local_is_by_cookie(struct local *l)
{
	return l->call->auth.kind == AUTH_NONE && (str_is_set(cookie(l)) || str_is_set(http_field(l->call->r, "x-minilab")));
}

bool local_admit_cookie(struct local *l, bool changes)
{
	if (!sessions_use(l->call->sessions, cookie(l), clock_mono_ms())) {
		local_refuse(l, 401, "SignedOut", "Nobody is signed in any more: sign in again.");
		return false;
	}
	return !changes || !refuse_cross_site(l);
}

static void answer(struct local *l, bool signed_in)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_bool(&j, "signed_in", signed_in);
	if (signed_in) {
		json_cstr(&j, "access_key", l->m->credentials.access_key);
		json_cstr(&j, "region", l->m->settings.region);
		json_cstr(&j, "account", l->m->settings.account);
		json_cstr(&j, "version", MINILAB_VERSION);
		json_cstr(&j, "library", db_library());
	}
	json_close(&j);
	local_answer(l, 200, "application/json");
}

/* So that a page can ask without an error: the cookie is not for scripts to see. */
void session_serve(struct local *l)
{
	answer(l, sessions_use(l->call->sessions, cookie(l), clock_mono_ms()));
}

static void set_cookie(struct local *l, const char *token, const char *more)
{
	http_header(l->call->r, "Set-Cookie", str_of(arena_printf(&l->arena, "%s=%s; Path=/_/; HttpOnly; SameSite=Strict%s",
								   cookie_name(l, &l->arena), token, more)));
}

static void refuse_keys(struct local *l, int rc, int64_t wait_ms)
{
	if (rc != E_BUSY) {
		local_refuse(l, 403, "WrongKeys", "These are not the access key and the secret key of this minilab.");
		return;
	}
	http_header_int(l->call->r, "Retry-After", (wait_ms + 999) / 1000);
	local_refuse(l, 429, "TooManyTries", arena_printf(&l->arena, "%d wrong tries came from your address within a minute. Try again in %lld s.",
							   SESSION_TRIES_MAX, (long long)(wait_ms + 999) / 1000));
}

static void on_keys(struct local *l)
{
	char token[SESSION_TOKEN + 1];
	struct json_value *v;
	int64_t wait_ms = 0;
	int rc;

	if (json_parse(&l->arena, l->body, &v) < 0) {
		local_refuse(l, 400, "InvalidRequest", "The body is JSON with access_key and secret_key.");
		return;
	}
	rc = sessions_open(l->call->sessions, &l->m->credentials, l->call->r->peer, json_text(v, "access_key"), json_text(v, "secret_key"),
			   clock_mono_ms(), token, &wait_ms);
	if (rc < 0) {
		refuse_keys(l, rc, wait_ms);
		return;
	}
	set_cookie(l, token, "");
	answer(l, true);
}

/* Not from inside a cage: functions have keys of their own, and could use up everybody's tries. */
void session_open_serve(struct local *l)
{
	if (l->call->r->tag)
		local_refuse(l, 403, "AccessDenied", "Functions do not sign in to the console.");
	else if (!refuse_cross_site(l))
		local_take_body(l, KEYS_BODY_MAX, on_keys);
}

void session_close_serve(struct local *l)
{
	if (refuse_cross_site(l))
		return;
	sessions_close(l->call->sessions, cookie(l));
	set_cookie(l, "", "; Max-Age=0");
	answer(l, false);
}
