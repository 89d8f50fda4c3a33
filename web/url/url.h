/* url.h - function URLs: a function behind an address of its own. facts/11 sections A and G, facts/05 section 9.
 *
 *     http://ID.lambda-url.REGION.localhost:PORT/any/path?query
 *
 * Known by the Host header, whatever follows the region there (localhost, on.aws, a domain that points here). The request becomes
 * an event of format 2.0 (event.c), what the function says an answer (answer.c); a URL whose InvokeMode is RESPONSE_STREAM answers
 * while the function still runs (stream.c).
 *
 *     serve --> URL, its function and its policy are read (lookup.c, a lane) --> preflight answered, or room --> whole body
 *           --> signature when AuthType is AWS_IAM --> invoke_run --> answer
 */
#ifndef URL_URL_H
#define URL_URL_H

#include "base/str.h"
#include "pipeline/minilab.h"

#define URL_ID_LEN 32		/* lower-case letters and digits, as AWS's */
#define URL_TEXT_MAX 160

/* The URL itself, as a function URL configuration shows it. *.localhost is this machine by RFC 6761; curl and browsers know. */
void url_text(const struct minilab *m, struct str id, char to[URL_TEXT_MAX]);

#endif
