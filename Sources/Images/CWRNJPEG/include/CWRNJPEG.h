// SPDX-License-Identifier: Apache-2.0
//
// JPEG from memory to pixels, with libjpeg-turbo. Its long jumps start and land in C; the caller
// gets a status and a message. Calls are independent: nothing is kept, and nothing is shared.

#ifndef CWRNJPEG_H
#define CWRNJPEG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The bytes that a message may have, with the zero behind it.
#define WRN_JPEG_MESSAGE_SIZE 200

/// How a call ended.
typedef enum {
    WRN_JPEG_OK = 0,
    /// The bytes end before the image does.
    WRN_JPEG_TRUNCATED = 1,
    /// The bytes break the rules.
    WRN_JPEG_MALFORMED = 2,
    /// The kind of JPEG is not read here.
    WRN_JPEG_UNSUPPORTED = 3,
    /// The memory or the scans pass their limit.
    WRN_JPEG_TOO_LARGE = 4,
} wrn_jpeg_status;

/// What to decode: a rectangle of an image whose size the caller passes.
typedef struct {
    const uint8_t *bytes;
    size_t count;
    uint32_t image_height, image_width; // as the caller read them; other ones are malformed
    uint32_t top, left, height, width; // of the rectangle, which is not empty and lies in the image
    int32_t only_needed; // 1: skip what the rectangle does not need, also errors there
    int32_t scan_limit;  // of a progressive image
    size_t memory_limit; // in bytes, of libjpeg's own arrays
} wrn_jpeg_request;

/// Decodes the rectangle into `pixels`, height x width x 3 bytes of red, green and blue.
///
/// The pixels are those that the whole image has there, bit for bit, whatever `only_needed` is.
/// Grey is repeated. CMYK is taken as Adobe's, inverted, and becomes colour as Pillow's
/// convert("RGB") has it. Damage that libjpeg only warns of is passed over, as Pillow does.
///
/// `message` becomes libjpeg's sentence about what failed or, of an image that was decoded, about
/// damage that cost pixels; it is empty where there is none.
wrn_jpeg_status wrn_jpeg_decode(const wrn_jpeg_request *request, uint8_t *pixels,
                                char message[WRN_JPEG_MESSAGE_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
