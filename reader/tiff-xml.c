/* A few safe steps through libxml2. Descriptions come from files: no network, no entity substitution, no documents with
 * a type of their own (where entities would be declared), no error output. */
#include "tiff-xml.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

enum { XML_MAX = 32 << 20 };

static pthread_once_t parser_once = PTHREAD_ONCE_INIT;

xmlDoc *wsi_tiff_xml_parse(const char *text, const char *root)
{
    pthread_once(&parser_once, xmlInitParser);
    const size_t n = strnlen(text, XML_MAX);
    if (n == XML_MAX) return NULL;
    xmlDoc *doc = xmlReadMemory(text, (int)n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc) return NULL;
    const xmlNode *top = xmlDocGetRootElement(doc);
    if (!doc->intSubset && top && strcmp((const char *)top->name, root) == 0) return doc;
    xmlFreeDoc(doc);
    return NULL;
}

static xmlNode *find(xmlNode *node, const char *name)
{
    while (node && !(node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)) node = node->next;
    return node;
}

xmlNode *wsi_tiff_xml_first(xmlNode *parent, const char *name)
{
    return parent ? find(parent->children, name) : NULL;
}

xmlNode *wsi_tiff_xml_next(xmlNode *node, const char *name)
{
    return find(node->next, name);
}

int wsi_tiff_xml_text(xmlNode *node, const char *attribute, char *out, int room)
{
    xmlChar *value = node ? xmlGetNoNsProp(node, (const xmlChar *)attribute) : NULL;
    if (!value) return 0;
    const size_t n = strlen((const char *)value);
    const int fits = n < (size_t)room;
    if (fits) memcpy(out, value, n + 1);
    xmlFree(value);
    return fits;
}

int wsi_tiff_xml_int(xmlNode *node, const char *attribute, int max, int fallback)
{
    char text[16], *end;
    if (!wsi_tiff_xml_text(node, attribute, text, sizeof text)) return fallback;
    const long v = strtol(text, &end, 10);
    return end == text || *end || v < 0 || v > max ? fallback : (int)v;
}
