/* A function that is a shared object: no interpreter, no process of its own to start. Answers how many objects an S3 event tells of.
 *
 *     cc -shared -fPIC -O2 -I../.. -o count.so count.c
 *     zip function.zip count.so
 *     aws lambda create-function --function-name native --runtime minilab.native --handler count.handler \
 *             --role arn:aws:iam::000000000000:role/any --zip-file fileb://function.zip
 *     aws lambda invoke --function-name native --payload fileb://../event.json /dev/stdout
 */
#include <stdio.h>
#include <string.h>

#include "minilab_native.h"

int handler(const struct minilab_event *e, struct minilab_answer *a)
{
	char text[16];
	int objects = 0;

	for (const char *at = e->payload; (at = strstr(at, "\"object\"")); at++)
		objects++;
	if (objects == 0)
		return minilab_fail(a, "NoObjects", "the event is not of S3");
	printf("an event about %d objects\n", objects);
	snprintf(text, sizeof text, "%d", objects);	/* JSON, as every answer */
	return minilab_puts(a, text);
}
