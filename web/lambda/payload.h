/* payload.h - is what a function is invoked with JSON: checked before anything else happens, and told in AWS's words when it is not. */
#ifndef LAMBDA_PAYLOAD_H
#define LAMBDA_PAYLOAD_H

#include "web/lambda/lambda.h"

#define PAYLOAD_ON_LOOP_MAX (256 << 10)	/* bytes; larger ones are checked on a lane */

int payload_check(struct lambda *l, struct str payload);

#endif
