/* XML out of image descriptions: parsed without network, entities or huge-file leniency. */
#ifndef WSI_TIFF_XML_H
#define WSI_TIFF_XML_H

#include <libxml/tree.h>

/* NULL when text is no XML whose root element is called root, or when it has a document type. Free with xmlFreeDoc. */
xmlDoc *wsi_tiff_xml_parse(const char *text, const char *root);
/* First child element called name (namespaces do not count) at or behind node; NULL at the end. */
xmlNode *wsi_tiff_xml_first(xmlNode *parent, const char *name);
xmlNode *wsi_tiff_xml_next(xmlNode *node, const char *name);
/* Copies an attribute; 0 when it is not there or does not fit. */
int wsi_tiff_xml_text(xmlNode *node, const char *attribute, char *out, int room);
/* Whole number 0 .. max of an attribute; fallback when it is absent or no such number. */
int wsi_tiff_xml_int(xmlNode *node, const char *attribute, int max, int fallback);

#endif
