// SPDX-License-Identifier: Apache-2.0
#include "CWRNJPEG.h"

#if __has_include(<jpeglib.h>)

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

// One call's state; libjpeg's structures begin their holders, so that its callbacks find the rest.
typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf landing;
    wrn_jpeg_status status;
    char *message;
    int has_all_rows;
} error_state;

typedef struct {
    struct jpeg_progress_mgr base;
    int scan_limit;
} progress_state;

static _Noreturn void fail(j_common_ptr info, wrn_jpeg_status status, const char *sentence) {
    error_state *error = (error_state *)info->err;
    error->status = status;
    snprintf(error->message, WRN_JPEG_MESSAGE_SIZE, "%s", sentence);
    longjmp(error->landing, 1);
}

static void error_exit(j_common_ptr info) {
    char sentence[JMSG_LENGTH_MAX];
    info->err->format_message(info, sentence);
    wrn_jpeg_status status = WRN_JPEG_MALFORMED;
    switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
    case JERR_IMAGE_TOO_BIG:
        status = WRN_JPEG_TOO_LARGE;
        break;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
        status = WRN_JPEG_UNSUPPORTED;
        break;
    default:
        break;
    }
    fail(info, status, sentence);
}

// Of libjpeg's warnings those count that mean lost pixels; others are about habits of encoders. The
// first one becomes the message.
static void emit_message(j_common_ptr info, int level) {
    if (level >= 0)
        return;
    switch (info->err->msg_code) {
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
        break;
    default:
        return;
    }
    error_state *error = (error_state *)info->err;
    if (error->base.num_warnings++ == 0) {
        char sentence[JMSG_LENGTH_MAX];
        info->err->format_message(info, sentence);
        snprintf(error->message, WRN_JPEG_MESSAGE_SIZE, "%s", sentence);
    }
}

// A progressive image may name thousands of scans in a few bytes each, and each costs a pass over
// the whole image.
static void watch_scans(j_common_ptr info) {
    const progress_state *progress = (const progress_state *)info->progress;
    if (((j_decompress_ptr)info)->input_scan_number > progress->scan_limit)
        fail(info, WRN_JPEG_TOO_LARGE, "");
}

// The source is the whole file, so a request for more means that it is cut off.
static void start_source(j_decompress_ptr info) {
    (void)info;
}

// Behind the last row only the end marker is missing, which Pillow does not need either.
static boolean fill_source(j_decompress_ptr info) {
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    error_state *error = (error_state *)info->err;
    if (!error->has_all_rows)
        fail((j_common_ptr)info, WRN_JPEG_TRUNCATED, "");
    if (error->message[0] == 0)
        snprintf(error->message, WRN_JPEG_MESSAGE_SIZE, "the end marker is missing");
    info->src->next_input_byte = end;
    info->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void skip_source(j_decompress_ptr info, long count) {
    if (count <= 0)
        return;
    if ((size_t)count > info->src->bytes_in_buffer) {
        fill_source(info);
        return;
    }
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

// Whether libjpeg smooths between blocks because coefficients are missing; what it then computes
// depends on where it starts.
static int smooths(j_decompress_ptr info) {
    if (!info->progressive_mode || !info->coef_bits)
        return 0;
    for (int component = 0; component < info->num_components; component++) {
        for (int k = 0; k < DCTSIZE2; k++) {
            if (info->coef_bits[component][k] != 0)
                return 1;
        }
    }
    return 0;
}

// Narrows libjpeg's output to the rectangle and what lies one unit (MCU) around it, which
// upsampling reads; returns the output's first column.
static JDIMENSION narrow(j_decompress_ptr info, const wrn_jpeg_request *r) {
    const JDIMENSION unit_width = (JDIMENSION)(info->max_h_samp_factor * DCTSIZE);
    const JDIMENSION unit_height = (JDIMENSION)(info->max_v_samp_factor * DCTSIZE);
    JDIMENSION left = r->left > unit_width ? r->left - unit_width : 0;
    const JDIMENSION right = r->image_width - r->left - r->width > unit_width
                                 ? r->left + r->width + unit_width
                                 : r->image_width;
    JDIMENSION width = right - left;
    if (width < r->image_width)
        jpeg_crop_scanline(info, &left, &width);
    if (r->top >= 2 * unit_height)
        jpeg_skip_scanlines(info, (r->top / unit_height - 1) * unit_height);
    return left;
}

// a * b / 255, rounded.
static inline int product(int a, int b) {
    const int t = a * b + 128;
    return (t + (t >> 8)) >> 8;
}

static void colour_from_inverted_cmyk(const uint8_t *in, uint32_t count, uint8_t *out) {
    for (uint32_t i = 0; i < count; i++) {
        const int light = in[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            const int value = light - product(255 - in[4 * i + c], light);
            out[3 * i + c] = (uint8_t)(value < 0 ? 0 : value);
        }
    }
}

static void decode(j_decompress_ptr info, const wrn_jpeg_request *r, uint8_t *pixels) {
    j_common_ptr common = (j_common_ptr)info;
    jpeg_read_header(info, TRUE);
    if (info->image_width != r->image_width || info->image_height != r->image_height)
        fail(common, WRN_JPEG_MALFORMED, "two headers give different sizes");
    if (info->num_components != 1 && info->num_components != 3 && info->num_components != 4)
        fail(common, WRN_JPEG_UNSUPPORTED, "neither 1, 3 nor 4 components");
    info->out_color_space = info->num_components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(info);

    const JDIMENSION left = r->only_needed && !smooths(info) ? narrow(info, r) : 0;
    const size_t stride = (size_t)info->output_width * (size_t)info->output_components;
    JSAMPROW row = info->mem->alloc_small(common, JPOOL_IMAGE, stride);
    const uint8_t *part = row + (size_t)(r->left - left) * (size_t)info->output_components;
    while (info->output_scanline < r->top)
        jpeg_read_scanlines(info, &row, 1);
    for (uint32_t y = 0; y < r->height; y++) {
        jpeg_read_scanlines(info, &row, 1);
        uint8_t *out = pixels + (size_t)y * r->width * 3;
        if (info->num_components == 4) {
            colour_from_inverted_cmyk(part, r->width, out);
        } else {
            memcpy(out, part, (size_t)r->width * 3);
        }
    }
    // What lies below is not needed, but a fault there would have been found without the rectangle.
    // The end is read, too: a marker that may not stand there means that the data before it are
    // lost.
    while (!r->only_needed && info->output_scanline < info->output_height)
        jpeg_read_scanlines(info, &row, 1);
    if (!r->only_needed) {
        ((error_state *)info->err)->has_all_rows = 1;
        jpeg_finish_decompress(info);
    }
}

// What is changed between setjmp and longjmp must not belong to the function that calls setjmp.
typedef struct {
    struct jpeg_decompress_struct info;
    struct jpeg_source_mgr source;
    error_state error;
    progress_state progress;
} call;

static void attempt(call *c, const wrn_jpeg_request *request, uint8_t *pixels) {
    if (setjmp(c->error.landing) != 0)
        return;
    jpeg_create_decompress(&c->info);
    c->info.mem->max_memory_to_use = (long)request->memory_limit;
    c->info.src = &c->source;
    c->info.progress = &c->progress.base;
    decode(&c->info, request, pixels);
}

wrn_jpeg_status wrn_jpeg_decode(const wrn_jpeg_request *request, uint8_t *pixels,
                                char message[WRN_JPEG_MESSAGE_SIZE]) {
    call c;
    memset(&c, 0, sizeof c);
    c.source = (struct jpeg_source_mgr){
        .next_input_byte = request->bytes,
        .bytes_in_buffer = request->count,
        .init_source = start_source,
        .fill_input_buffer = fill_source,
        .skip_input_data = skip_source,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = start_source,
    };
    c.progress.base.progress_monitor = watch_scans;
    c.progress.scan_limit = request->scan_limit;
    c.info.err = jpeg_std_error(&c.error.base);
    c.error.base.error_exit = error_exit;
    c.error.base.emit_message = emit_message;
    c.error.message = message;
    message[0] = 0;
    attempt(&c, request, pixels);
    jpeg_destroy_decompress(&c.info);
    return c.error.status;
}

#else
// An empty translation unit is not C.
typedef int wrn_no_jpeg;
#endif
