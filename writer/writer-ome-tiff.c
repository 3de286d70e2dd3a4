/* ome-tiff: OME-TIFF 6, lower levels as SubIFDs of the first directory, OME-XML (schema 2016-06) in its description,
 * always BigTIFF. Our own facts are a comment annotation with the namespace "wsiproc". For Bio-Formats, OMERO,
 * napari and tifffile; OpenSlide sees level 0 only.
 *
 * JPEG is 4:2:2 at best unless 4:4:4 is asked for: Bio-Formats (7.3, ome/bioformats#3711) turns YCbCr tagged 1, 1 into
 * RGB a second time, after Java's decoder has done so, and shows false colours. */
#include "tiff-pyramid.h"

#include "common/mem.h"
#include "trailer.h"

#include <inttypes.h>
#include <stdio.h>

#include <libxml/xmlwriter.h>

#include <wsiproc/version.h>

#define OME "http://www.openmicroscopy.org/Schemas/OME/2016-06"

static const char *ome_type(wsi_dtype type)
{
    switch (type) {
    case WSI_BOOL:
    case WSI_U8:
        return "uint8";
    case WSI_I8:
        return "int8";
    case WSI_U16:
        return "uint16";
    case WSI_I16:
        return "int16";
    case WSI_U32:
        return "uint32";
    case WSI_I32:
        return "int32";
    case WSI_F32:
        return "float";
    case WSI_F64:
        return "double";
    case WSI_DTYPE_COUNT:
        break;
    }
    return "uint8";
}

/* The writer's calls return -1 on failure; `bad` gathers that so that one look at the end suffices. */
typedef struct xml {
    xmlTextWriterPtr writer;
    int bad;
} xml;

static void start(xml *x, const char *name)
{
    x->bad |= xmlTextWriterStartElement(x->writer, BAD_CAST name) < 0;
}

static void end(xml *x)
{
    x->bad |= xmlTextWriterEndElement(x->writer) < 0;
}

static void text_attribute(xml *x, const char *name, const char *value)
{
    x->bad |= xmlTextWriterWriteAttribute(x->writer, BAD_CAST name, BAD_CAST value) < 0;
}

static void int_attribute(xml *x, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    text_attribute(x, name, text);
}

/* Shortest decimal notation that reads back the same; '.' whatever the locale, through jansson. */
static void number_attribute(xml *x, const char *name, double value)
{
    json_t *number = json_real(value);
    char *text = number ? wsi_json_text(number, 0) : NULL;
    if (text)
        text_attribute(x, name, text);
    else
        x->bad = 1;
    wsi_free(text);
    json_decref(number);
}

static void put_instrument(xml *x, double objective)
{
    start(x, "Instrument");
    text_attribute(x, "ID", "Instrument:0");
    start(x, "Objective");
    text_attribute(x, "ID", "Objective:0:0");
    number_attribute(x, "NominalMagnification", objective);
    end(x);
    end(x);
}

static void put_pixels(xml *x, const wsi_sink *sink)
{
    const wsi_result_spec *spec = &sink->spec.results[0];
    const double mpp_x = wsi_level_mpp_x(sink, 0, 0), mpp_y = wsi_level_mpp_y(sink, 0, 0);
    start(x, "Pixels");
    text_attribute(x, "ID", "Pixels:0");
    text_attribute(x, "DimensionOrder", "XYCZT");
    text_attribute(x, "Type", ome_type(spec->fmt.type));
    text_attribute(x, "BigEndian", "false");
    text_attribute(x, "Interleaved", "true");
    int_attribute(x, "SizeX", spec->level_w[0]);
    int_attribute(x, "SizeY", spec->level_h[0]);
    int_attribute(x, "SizeC", spec->fmt.channels);
    int_attribute(x, "SizeZ", 1);
    int_attribute(x, "SizeT", 1);
    if (mpp_x > 0 && mpp_y > 0) {
        number_attribute(x, "PhysicalSizeX", mpp_x);
        text_attribute(x, "PhysicalSizeXUnit", "\xc2\xb5m");
        number_attribute(x, "PhysicalSizeY", mpp_y);
        text_attribute(x, "PhysicalSizeYUnit", "\xc2\xb5m");
    }
    start(x, "Channel");
    text_attribute(x, "ID", "Channel:0:0");
    int_attribute(x, "SamplesPerPixel", spec->fmt.channels);
    end(x);
    start(x, "TiffData");
    int_attribute(x, "IFD", 0);
    int_attribute(x, "PlaneCount", 1);
    end(x);
    end(x);
}

static void put_image(xml *x, const wsi_sink *sink, double objective)
{
    start(x, "Image");
    text_attribute(x, "ID", "Image:0");
    text_attribute(x, "Name", sink->spec.results[0].name);
    if (objective > 0) {
        start(x, "InstrumentRef");
        text_attribute(x, "ID", "Instrument:0");
        end(x);
        start(x, "ObjectiveSettings");
        text_attribute(x, "ID", "Objective:0:0");
        end(x);
    }
    put_pixels(x, sink);
    start(x, "AnnotationRef");
    text_attribute(x, "ID", "Annotation:0");
    end(x);
    end(x);
}

static void put_annotation(xml *x, const char *facts)
{
    start(x, "StructuredAnnotations");
    start(x, "CommentAnnotation");
    text_attribute(x, "ID", "Annotation:0");
    text_attribute(x, "Namespace", "wsiproc");
    x->bad |= xmlTextWriterWriteElement(x->writer, BAD_CAST "Value", BAD_CAST facts) < 0;
    end(x);
    end(x);
}

static void put_document(xml *x, const wsi_sink *sink, const char *facts)
{
    const double objective = sink->spec.source ? sink->spec.source->objective : 0;
    x->bad |= xmlTextWriterStartDocument(x->writer, NULL, "UTF-8", NULL) < 0;
    start(x, "OME");
    text_attribute(x, "xmlns", OME);
    text_attribute(x, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    text_attribute(x, "xsi:schemaLocation", OME " " OME "/ome.xsd");
    text_attribute(x, "Creator", "wsiproc " WSI_VERSION_STRING);
    if (objective > 0) put_instrument(x, objective);
    put_image(x, sink, objective);
    put_annotation(x, facts);
    end(x);
    x->bad |= xmlTextWriterEndDocument(x->writer) < 0;
}

static char *describe(const wsi_sink *sink, const json_t *facts, const wsi_tiff_page *page)
{
    (void)page;
    char *out = NULL;
    char *json = wsi_json_text(facts, 0);
    xmlBufferPtr buffer = xmlBufferCreate();
    xml x = {buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL, 0};
    if (json && x.writer) {
        put_document(&x, sink, json);
        xmlFreeTextWriter(x.writer);
        if (!x.bad) out = wsi_strdup((const char *)xmlBufferContent(buffer));
    }
    if (buffer) xmlBufferFree(buffer);
    wsi_free(json);
    return out;
}

static const wsi_tiff_profile profile = {.format = "ome-tiff", .subifds = 1, .always_big = 1, .describe = describe};

static wsi_status open_sink(wsi_sink *sink, wsi_error *err)
{
    return wsi_tiff_open(sink, &profile, err);
}

const wsi_writer wsi_writer_ome_tiff = {
    WSI_TIFF_WRITER,
    .name = "ome-tiff",
    .summary = "OME-TIFF pyramid (Bio-Formats, OMERO, napari, QuPath)",
    .extension = ".ome.tif",
    .codecs = WSI_TIFF_CODECS,
    .fine_subsampling = WSI_SUBSAMPLING_422,
    .stored = wsi_tiff_stored,
    .open = open_sink,
};
