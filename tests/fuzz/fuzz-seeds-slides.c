/* Small TIFFs: by libtiff in every codec and layout, and by hand where vendors' descriptions and odd tags matter. */
#include "fuzz-seeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "common/mem.h"
#include "reader-maker.h"

enum { W = 40, H = 24, TILE = 16 };

typedef struct layout {
    const char *mode; /* of TIFFOpen */
    int compression, photometric, samples, bits, format, planar, tiled;
} layout;

static void set_tags(TIFF *tif, const layout *l)
{
    TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, W);
    TIFFSetField(tif, TIFFTAG_IMAGELENGTH, H);
    TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, l->bits);
    TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, l->samples);
    TIFFSetField(tif, TIFFTAG_SAMPLEFORMAT, l->format);
    TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, l->photometric);
    TIFFSetField(tif, TIFFTAG_COMPRESSION, l->compression);
    TIFFSetField(tif, TIFFTAG_PLANARCONFIG, l->planar);
    if (l->compression == COMPRESSION_JPEG && l->photometric == PHOTOMETRIC_YCBCR)
        TIFFSetField(tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (l->tiled) {
        TIFFSetField(tif, TIFFTAG_TILEWIDTH, TILE);
        TIFFSetField(tif, TIFFTAG_TILELENGTH, TILE);
    } else {
        TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, 8);
    }
}

static void write_blocks(TIFF *tif, const layout *l)
{
    unsigned char block[W * TILE * 3 * 8];
    const uint32_t n = l->tiled ? TIFFNumberOfTiles(tif) : TIFFNumberOfStrips(tif);
    const tmsize_t size = l->tiled ? TIFFTileSize(tif) : TIFFStripSize(tif);
    if (size > (tmsize_t)sizeof block) abort();
    for (uint32_t i = 0; i < n; i++) {
        for (tmsize_t b = 0; b < size; b++) block[b] = (unsigned char)((uint32_t)b / 7 * 5 + 31 * i);
        const tmsize_t done =
            l->tiled ? TIFFWriteEncodedTile(tif, i, block, size) : TIFFWriteEncodedStrip(tif, i, block, size);
        if (done < 0) abort();
    }
}

static void seed_layout(const layout *l, int number)
{
    const char *path = maker_path(0);
    if (!TIFFIsCODECConfigured((uint16_t)l->compression)) return;
    TIFF *tif = TIFFOpen(path, l->mode);
    if (!tif) abort();
    set_tags(tif, l);
    write_blocks(tif, l);
    TIFFClose(tif);
    seed_move("slide", seed_name(number), -1, path);
}

/* One of everything, not everything with everything. */
static void seed_layouts(void)
{
    static const layout layouts[] = {
        {"wl", COMPRESSION_NONE, PHOTOMETRIC_RGB, 3, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 1},
        {"wb", COMPRESSION_LZW, PHOTOMETRIC_RGB, 3, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 1},
        {"wl8", COMPRESSION_ADOBE_DEFLATE, PHOTOMETRIC_MINISBLACK, 1, 16, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 1},
        {"wb8", COMPRESSION_PACKBITS, PHOTOMETRIC_MINISWHITE, 1, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 0},
        {"wl", COMPRESSION_ZSTD, PHOTOMETRIC_MINISBLACK, 1, 32, SAMPLEFORMAT_IEEEFP, PLANARCONFIG_CONTIG, 1},
        {"wl", COMPRESSION_JPEG, PHOTOMETRIC_YCBCR, 3, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 1},
        {"wl", COMPRESSION_JPEG, PHOTOMETRIC_RGB, 3, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 0},
        {"wl", COMPRESSION_JPEG, PHOTOMETRIC_MINISBLACK, 1, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 1},
        {"wb", COMPRESSION_NONE, PHOTOMETRIC_RGB, 3, 16, SAMPLEFORMAT_UINT, PLANARCONFIG_SEPARATE, 1},
        {"wl", COMPRESSION_LZW, PHOTOMETRIC_RGB, 3, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_SEPARATE, 0},
        {"wl", COMPRESSION_NONE, PHOTOMETRIC_MINISBLACK, 1, 1, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 1},
        {"wl", COMPRESSION_LZMA, PHOTOMETRIC_MINISBLACK, 1, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 1},
        {"wl", COMPRESSION_WEBP, PHOTOMETRIC_RGB, 3, 8, SAMPLEFORMAT_UINT, PLANARCONFIG_CONTIG, 1},
        {"wl", COMPRESSION_NONE, PHOTOMETRIC_MINISBLACK, 1, 64, SAMPLEFORMAT_IEEEFP, PLANARCONFIG_CONTIG, 0},
    };
    for (int i = 0; i < (int)(sizeof layouts / sizeof *layouts); i++) seed_layout(&layouts[i], i);
}

static void finish(maker *m, const char *name)
{
    seed_write("slide", name, -1, m->data, m->size);
    wsi_free(m->data);
}

static void seed_palette(void)
{
    static const unsigned char pixels[8 * 8];
    uint64_t colours[48];
    maker m;
    for (uint64_t i = 0; i < 48; i++) colours[i] = i * 1365;
    maker_start(&m, 0, 0);
    maker_strip(&m, 16, 8, 4, 3, pixels, sizeof pixels);
    maker_tags(&m, 320, 3, colours, 48);
    maker_directory(&m);
    finish(&m, "palette");
}

/* Rows are read one by one: the strip is larger than what is decoded at once. Most of it is missing. */
static void seed_huge_strip(void)
{
    unsigned char packed[2048];
    maker m;
    memset(packed, 0x81, sizeof packed); /* PackBits: the next byte 128 times */
    maker_start(&m, 0, 0);
    maker_strip(&m, 65536, 1100, 8, 1, packed, sizeof packed);
    maker_tag1(&m, 259, 3, COMPRESSION_PACKBITS);
    maker_directory(&m);
    finish(&m, "huge-strip");
}

static void seed_pyramid(int big, int big_endian, const char *name)
{
    maker m;
    maker_start(&m, big, big_endian);
    for (int i = 0; i < 3; i++) {
        maker_grey_tiles(&m, 64u >> i, 48u >> i, 16, 3 * i);
        maker_tag1(&m, 254, 4, i > 0);
        maker_tags(&m, 282, 5, (const uint64_t[]){40000, 1}, 1);
        maker_tags(&m, 283, 5, (const uint64_t[]){40000, 1}, 1);
        maker_tag1(&m, 296, 3, 3);
        maker_directory(&m);
    }
    finish(&m, name);
}

void seed_slides(void)
{
    TIFFSetWarningHandler(NULL);
    seed_layouts();
    seed_palette();
    seed_huge_strip();
    seed_pyramid(0, 0, "pyramid");
    seed_pyramid(1, 1, "pyramid-big");
}

/* ---- Descriptions; the first byte is fuzz-description.c's ---- */

#define OME_HEAD                                                                                                       \
    "<?xml version=\"1.0\"?><OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" UUID=\"urn:uuid:1\">"

void seed_descriptions(void)
{
    static const char ome[] =
        OME_HEAD "<Instrument ID=\"I:0\"><Objective ID=\"O:1\" NominalMagnification=\"40.0\"/></Instrument>"
                 "<Image ID=\"Image:0\"><ObjectiveSettings ID=\"O:1\"/><Pixels DimensionOrder=\"XYZCT\" SizeC=\"2\" "
                 "SizeT=\"1\" SizeX=\"64\" SizeY=\"64\" SizeZ=\"1\" Type=\"uint8\" PhysicalSizeX=\"250\" "
                 "PhysicalSizeXUnit=\"nm\" PhysicalSizeY=\"0.25\"><Channel Name=\"DAPI\" SamplesPerPixel=\"1\"/>"
                 "<Channel SamplesPerPixel=\"1\"/><TiffData FirstC=\"0\" IFD=\"0\" PlaneCount=\"1\"/>"
                 "<TiffData FirstC=\"1\" IFD=\"0\"><UUID FileName=\"old.ome.tif\">urn:uuid:1</UUID></TiffData></Pixels>"
                 "</Image><Image Name=\"label\"><Pixels><TiffData IFD=\"3\"/></Pixels></Image></OME>";
    static const char philips[] =
        "<?xml version=\"1.0\"?><DataObject ObjectType=\"DPUfsImport\"><Attribute Name=\"PIM_DP_SCANNED_IMAGES\">"
        "<Array><DataObject><Attribute Name=\"PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE\"><Array><DataObject>"
        "<Attribute Name=\"DICOM_PIXEL_SPACING\">\"0.000226891\" \"0.000226907\"</Attribute></DataObject><DataObject>"
        "<Attribute Name=\"DICOM_PIXEL_SPACING\">\"0.000453782\" \"0.000453814\"</Attribute></DataObject></Array>"
        "</Attribute></DataObject></Array></Attribute></DataObject>";
    static const char aperio[] = "Aperio Image Library v1\r\n64x64 [0,0 64x64] (16x16) JPEG/RGB Q=30|AppMag = 40|"
                                 "MPP = 0.2500|Title = A \xB5m|broken|=x| = ";
    for (int how = 0; how < 4; how++) {
        char name[64];
        snprintf(name, sizeof name, "ome-%d", how);
        seed_text("description", name, how, ome);
        snprintf(name, sizeof name, "philips-%d", how);
        seed_text("description", name, how, philips);
        snprintf(name, sizeof name, "aperio-%d", how);
        seed_text("description", name, how | (how == 3 ? 24 : 0), aperio);
    }
    seed_text("description", "label", 6, "Aperio Image Library v1\nlabel 32x32");
    seed_text("description", "entities", 0,
              "<!DOCTYPE OME [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>" OME_HEAD
              "<Image><Pixels SizeC=\"&b;\"/></Image></OME>");
}
