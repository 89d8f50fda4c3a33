/* event_stream.h - application/vnd.amazon.eventstream: messages with headers, each with two checksums.
 *
 *     4 total length | 4 length of headers | 4 CRC-32 of these | headers | payload | 4 CRC-32 of all before
 *     header: 1 length, name, 1 type (7: text), 2 length, value                   (all numbers big endian)
 */
#ifndef LAMBDA_EVENT_STREAM_H
#define LAMBDA_EVENT_STREAM_H

#include "base/buf.h"
#include "base/str.h"

void event_stream_add(struct buf *to, const char *event, const char *content_type, struct str payload);

#endif
