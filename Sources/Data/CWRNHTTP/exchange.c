// SPDX-License-Identifier: Apache-2.0

#include "CWRNHTTP.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode initialized = CURLE_FAILED_INIT;

static void initialize(void) {
    initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
}

typedef struct {
    wrn_http_receiver head_line, body;
    void *context;
    int stopped;
} receivers;

static size_t receive(receivers *all, wrn_http_receiver receiver, char *bytes, size_t count) {
    // After the end of an exchange libcurl may still hold bytes.
    if (all->stopped)
        return 0;
    if (receiver(all->context, (const uint8_t *)bytes, count))
        return count;
    all->stopped = 1;
    // Any other number than that of the bytes ends it, also for no bytes.
    return count + 1;
}

static size_t receive_head_line(char *bytes, size_t size, size_t count, void *all) {
    return receive(all, ((receivers *)all)->head_line, bytes, size * count);
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *all) {
    return receive(all, ((receivers *)all)->body, bytes, size * count);
}

static CURLcode set_options(CURL *curl, const wrn_http_request *request, struct curl_slist *headers,
                            receivers *all) {
    CURLcode code = CURLE_OK;
#define SET(option, value)                                                                         \
    if (code == CURLE_OK)                                                                          \
    code = curl_easy_setopt(curl, option, value)
    SET(CURLOPT_URL, request->address);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_NOBODY, (long)request->head_only);
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    // Nothing is unpacked unless CURLOPT_ACCEPT_ENCODING asks for it; this disables it explicitly.
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_HTTP_TRANSFER_DECODING, 1L);
    // A proxy's own answers are not the server's.
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_USERAGENT, "swift-wide-resnet");
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_milliseconds);
    SET(CURLOPT_TIMEOUT_MS, (long)request->total_milliseconds);
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)request->least_rate);
    SET(CURLOPT_LOW_SPEED_TIME, (long)request->least_rate_seconds);
    // Time limits by signals would disturb the threads of the program.
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HEADERFUNCTION, receive_head_line);
    SET(CURLOPT_HEADERDATA, all);
    SET(CURLOPT_WRITEFUNCTION, receive_body);
    SET(CURLOPT_WRITEDATA, all);
#undef SET
    return code;
}

wrn_http_status wrn_http_exchange(const wrn_http_request *request, wrn_http_receiver head_line,
                                  wrn_http_receiver body, void *context,
                                  char message[WRN_HTTP_MESSAGE_SIZE]) {
    message[0] = 0;
    pthread_once(&once, initialize);
    CURLcode code = initialized;
    CURL *curl = code == CURLE_OK ? curl_easy_init() : NULL;
    if (curl == NULL) {
        snprintf(message, WRN_HTTP_MESSAGE_SIZE, "libcurl cannot begin");
        return WRN_HTTP_FAILED;
    }
    struct curl_slist *headers = NULL;
    for (const char *const *header = request->headers; code == CURLE_OK && *header; header++) {
        struct curl_slist *longer = curl_slist_append(headers, *header);
        if (longer == NULL)
            code = CURLE_OUT_OF_MEMORY;
        else
            headers = longer;
    }
    receivers all = {head_line, body, context, 0};
    char detail[CURL_ERROR_SIZE] = "";
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    if (code == CURLE_OK)
        code = set_options(curl, request, headers, &all);
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    if (all.stopped)
        return WRN_HTTP_STOPPED;
    if (code == CURLE_OK)
        return WRN_HTTP_OK;
    snprintf(message, WRN_HTTP_MESSAGE_SIZE, "%.*s", WRN_HTTP_MESSAGE_SIZE - 1,
             detail[0] ? detail : curl_easy_strerror(code));
    return code == CURLE_OPERATION_TIMEDOUT ? WRN_HTTP_TIMEOUT : WRN_HTTP_FAILED;
}
