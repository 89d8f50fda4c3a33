/* xmp.h - facts from an XMP packet: RDF in XML, read by base/xml.h into a tree that lives for the call.
 *
 * Of each rdf:Description the properties are looked at, whether they stand as elements or as attributes; of rdf:Alt the
 * default language's or the first, of rdf:Seq and rdf:Bag the first (of keywords all). Prefixes are not compared: all programs
 * write the usual ones, and no two of these properties share a name. Source: ISO 16684-1; XMP part 2.
 */
#ifndef RUNNER_XMP_H
#define RUNNER_XMP_H

#include "functions/runner/meta/meta.h"

/* What is not told yet of all facts but the profile. */
void xmp_facts(struct str packet, struct facts *f);

#endif
