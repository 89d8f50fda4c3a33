#include "web/url/url.h"

#include <stdio.h>

void url_text(const struct minilab *m, struct str id, char to[URL_TEXT_MAX])
{
	snprintf(to, URL_TEXT_MAX, "http://%.*s.lambda-url.%s.localhost:%d/", STR_ARG(id), m->settings.region, m->port);
}
