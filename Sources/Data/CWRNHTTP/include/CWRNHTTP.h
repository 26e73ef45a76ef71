// SPDX-License-Identifier: Apache-2.0
//
// One exchange over HTTP with libcurl, whose options are variadic and so out of Swift's reach.
// Redirects are not followed and nothing is unpacked: what the server sends comes as it is, piece
// by piece, and each piece can end the exchange.

#ifndef CWRNHTTP_H
#define CWRNHTTP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The bytes that a message may have, with the zero behind it.
#define WRN_HTTP_MESSAGE_SIZE 256

/// How an exchange ended.
typedef enum {
    WRN_HTTP_OK = 0,
    /// A function below ended the transfer.
    WRN_HTTP_STOPPED = 1,
    /// The head, or bytes at the least rate, did not come in time.
    WRN_HTTP_TIMEOUT = 2,
    /// The network failed, or the server broke the rules.
    WRN_HTTP_FAILED = 3,
} wrn_http_status;

/// The request, and how long to wait.
typedef struct {
    const char *address;        // http or https
    const char *const *headers; // "Name: value" each, and NULL at the end
    int32_t head_only;          // 1: HEAD, 0: GET
    int32_t connect_milliseconds;
    int32_t total_milliseconds; // 0: as long as it takes
    int32_t least_rate;         // in bytes a second
    int32_t least_rate_seconds; // how long it may be slower
} wrn_http_request;

/// Takes the next bytes; 0 ends the exchange.
typedef int32_t (*wrn_http_receiver)(void *context, const uint8_t *bytes, size_t count);

/// Asks a server, and hands each line of its answer's head, and then its body, to the receivers.
///
/// `message` becomes libcurl's sentence, or is empty. Any number of threads may call at once.
wrn_http_status wrn_http_exchange(const wrn_http_request *request, wrn_http_receiver head_line,
                                  wrn_http_receiver body, void *context,
                                  char message[WRN_HTTP_MESSAGE_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
